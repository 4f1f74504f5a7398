# The site and all it needs. It writes to /data only, and to nothing with PostgreSQL, a bucket and both keys set.
FROM python:3.11-slim AS build
WORKDIR /site
COPY requirements.txt constraints.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements.txt
COPY . .
RUN SECRET_KEY=build ENCRYPTION_KEY=build STATIC_ROOT=/site/collected \
    /venv/bin/python manage.py collectstatic --no-input --verbosity 0 && \
    /venv/bin/python -m compileall -q accounts chatsite conversations llm watching

FROM python:3.11-slim
RUN install --directory --owner 1000 /data
COPY --from=build /venv /venv
COPY --from=build /site /site
WORKDIR /site
ENV PATH=/venv/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=8000 STATIC_ROOT=/site/collected VAR_DIR=/data
USER 1000
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s CMD \
    ["python", "-c", "import os, urllib.request as web; web.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
# gunicorn takes an empty WEB_CONCURRENCY for no number.
CMD ["sh", "-c", "python -m chatsite.prepare && if [ -z \"$WEB_CONCURRENCY\" ]; then unset WEB_CONCURRENCY; fi && exec gunicorn -k asgi chatsite.asgi:application"]
