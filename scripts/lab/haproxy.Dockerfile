# Stands in for haproxy:3.0 where no image registry can be reached: Debian's HAProxy, laid out like the official image.
FROM headgate-lab/debian:bookworm

RUN apt-get update \
    && apt-get install -y --no-install-recommends haproxy \
    && rm -rf /var/lib/apt/lists/* \
    && ln -s /usr/sbin/haproxy /usr/local/sbin/haproxy \
    && groupmod --gid 99 haproxy \
    && usermod --uid 99 --gid 99 haproxy \
    && mkdir -p /usr/local/etc/haproxy \
    && chown -R haproxy:haproxy /var/lib/haproxy

COPY haproxy-entrypoint.sh /usr/local/bin/docker-entrypoint.sh

STOPSIGNAL SIGUSR1
ENTRYPOINT ["docker-entrypoint.sh"]
USER haproxy
WORKDIR /var/lib/haproxy
CMD ["haproxy", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]
