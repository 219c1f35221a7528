other code
