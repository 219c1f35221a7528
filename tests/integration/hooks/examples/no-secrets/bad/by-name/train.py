API_KEY = '{{password}}'
