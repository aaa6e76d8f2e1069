"""The groups in which the help lists the options, by the names of their parameters."""

from __future__ import annotations

# What most runs need comes first; every option is in one group.
HELP_GROUPS: dict[str, tuple[str, ...]] = {
    "Most used options": (
        "to",
        "target",
        "dry_run",
        "download",
        "create_container",
        "contact",
        "allow_private_hosts",
        "workers",
        "retry_failed",
        "prune",
        "config",
    ),
    "Destination": ("container", "prefix", "public_access"),
    "What to upload": (
        "model_version",
        "formats",
        "format_mismatch",
        "train_share",
        "not_compared",
        "drift",
        "strip_metadata",
        "trailing_data",
        "keep_parameters",
    ),
    "Limits": (
        "max_bytes",
        "memory",
        "deadline",
        "connect_timeout",
        "read_timeout",
        "name_timeout",
        "min_rate",
        "tries",
        "redirects",
        "max_failures",
    ),
    "Politeness": ("per_host", "retry_after", "host_failures", "host_pause", "ignore_robots_tag"),
    "Safety": ("max_dropped", "take_over", "break_lock", "trust_proxy"),
    "dbt and Spark": ("project_dir", "target_path", "profiles_dir", "engine", "master"),
    "Afterwards": ("results_table", "summary", "log_format"),
    "Information": ("show_settings", "help"),
}
