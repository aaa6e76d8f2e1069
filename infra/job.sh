#!/bin/sh
# Build the tables, then upload the images that they keep: one command for a scheduler.
#
#   DBT_TARGET=azure paintings-job --to https://ACCOUNT.blob.core.windows.net
#
# The arguments are options of the uploader. Both commands run in the same container, so that the uploader
# finds target/manifest.json. The exit code is that of the first command that fails. The last line says how
# the job ended; the alerts of infra/job.bicep look for it.
set -u

child=
asked=
ending=
trap 'asked=1; ending=1; [ -z "$child" ] || kill -s TERM "$child" 2>/dev/null' TERM INT

step() {
    if [ -n "$ending" ]; then
        echo "paintings-job failed: it was told to end before $1 began" >&2
        exit 130
    fi
    # In the background, because a shell handles a signal only after a command in the foreground ends.
    "$@" &
    child=$!
    # A signal may have come just before.
    [ -z "$asked" ] || kill -s TERM "$child" 2>/dev/null
    wait "$child"
    code=$?
    # A signal ends the wait, not the command, which may have something to finish. If the command has ended
    # and was waited for, there is nothing to wait for (127).
    while [ -n "$asked" ]; do
        asked=
        wait "$child"
        again=$?
        [ "$again" -eq 127 ] || code=$again
    done
    child=
    [ "$code" -eq 0 ] || fail "$code" "$@"
}

fail() {
    code=$1
    shift
    echo "paintings-job failed: $1 ended with exit code $code" >&2
    exit "$code"
}

step dbt build
step paintings-upload "$@"
echo "paintings-job succeeded"
