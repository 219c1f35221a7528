# Stands in for python:3.11-slim where no image registry can be reached. Debian 12's own Python is 3.11.
FROM headgate-lab/debian:bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends python3 python3-venv python3-pip \
    && rm -rf /var/lib/apt/lists/*

# As in the official image: `python` and `pip` on PATH, and pip installs for everybody.
RUN ln -s /usr/bin/python3 /usr/local/bin/python \
    && ln -s /usr/bin/pip3 /usr/local/bin/pip \
    && rm /usr/lib/python3.11/EXTERNALLY-MANAGED

ENV LANG=C.UTF-8 \
    PIP_ROOT_USER_ACTION=ignore \
    PIP_CERT=/etc/ssl/certs/machine.crt \
    SSL_CERT_FILE=/etc/ssl/certs/machine.crt \
    REQUESTS_CA_BUNDLE=/etc/ssl/certs/machine.crt

CMD ["python3"]
