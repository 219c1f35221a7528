token = tokenizer.encode(text)
password = os.environ['PASSWORD']
