# dbt, ingest, the matcher, the review and the uploader in one image.
#
#   docker build --tag paintings-dedupe .
#   docker run --rm paintings-dedupe            # lists the commands
#
# Everything that a run writes goes to /data; mount a volume there. docs/azure.md shows how.

FROM ghcr.io/astral-sh/uv:0.13.9 AS uv

FROM python:3.13-slim-trixie AS build
COPY --from=uv /uv /usr/local/bin/
ENV UV_PYTHON_DOWNLOADS=never
WORKDIR /app
# Dependencies come first, so that a change of code does not install them again.
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-cache --no-dev --extra sqlserver --extra matcher --extra review --compile-bytecode --no-install-project
COPY README.md LICENSE ./
COPY paintings_dedupe paintings_dedupe
COPY uploader uploader
# Not editable, so that the code is in .venv, which is all that the last stage copies.
RUN uv sync --frozen --no-cache --no-dev --extra sqlserver --extra matcher --extra review --compile-bytecode --no-editable \
    && rm --force .venv/.lock \
    && ln -s paintings-ingest .venv/bin/ingest \
    && ln -s paintings-match .venv/bin/matcher \
    && ln -s paintings-review .venv/bin/review \
    && ln -s paintings-upload .venv/bin/uploader

FROM python:3.13-slim-trixie
# The libraries that Microsoft's driver needs, in the versions of the Debian release. The extra
# `sqlserver` contains the driver itself.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgssapi-krb5-2 libkrb5-3 libltdl7 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data app \
    && install --directory --owner app --group app /data
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DBT_LOG_PATH=/data/logs \
    DBT_TARGET_PATH=/data/target \
    DUCKDB_PATH=/data/paintings.duckdb \
    SQLSERVER_BACKEND=mssql-python
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY dbt_project.yml ./
COPY profiles.example.yml profiles.yml
COPY analyses analyses
COPY macros macros
COPY models models
COPY seeds seeds
COPY tests tests
COPY demo/paintings.csv demo/
# Without --chmod, which `az acr build` does not have; git keeps the file executable.
COPY infra/job.sh /usr/local/bin/paintings-job
USER 10001:10001
# There is no entry point; the commands below are on the PATH.
CMD ["printf", "%s\n", \
    "docker run --rm --init --volume paintings:/data paintings-dedupe COMMAND", \
    "", \
    "  dbt build --target azure                    deduplicate the table Paintings", \
    "  uploader --target azure --to https://...    upload the images that dbt kept, after dbt build", \
    "  paintings-job --to https://...              both of them, for a scheduler; DBT_TARGET names the target", \
    "  ingest load FILE --target azure             fill the table Paintings", \
    "  matcher --target azure --features /data/image_features.sqlite", \
    "                                              look at the pictures, between two runs of dbt build", \
    "  review --target azure --out /data/review.html --thumbnails /data/review_thumbnails.sqlite", \
    "                                              write a page that shows what was merged", \
    "  uploader --help lists all options, and likewise ingest, matcher, review and dbt", \
    "", \
    "dbt writes to /data what the others read, so give all the same volume.", \
    "Without --target, DuckDB and a sample are used. docs/azure.md explains the rest."]
