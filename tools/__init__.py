"""Programs that the demo, the tests and the benchmarks start."""
