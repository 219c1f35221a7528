client = Client(url='https://octocat:{{password}}@example.com')
