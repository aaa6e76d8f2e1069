import itertools
def candidate_pairs(features, hashes):
    return [tuple(sorted(p)) for p in itertools.combinations(sorted(features), 2)]
