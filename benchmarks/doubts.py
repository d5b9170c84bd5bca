"""Do clusters that look mixed, or repeated, deserve it? Against the demo's planted elements.

`python benchmarks/doubts.py [--json]`. A cluster is impure when fewer than 80% of its patches show its most
frequent element; two clusters repeat one another when both are pure and of the same element.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.metrics import roc_auc_score, silhouette_samples

sys.path.insert(0, str(Path(__file__).parents[1]))

from core.dataset.pictures import load_mask
from core.demo.study import NAME, prepare
from core.mining.elements import SHOWN_FROM, patch_elements
from core.mining.mixedness import MIXED, REPEATED, mixed, mixedness, repeated
from core.study import Study

PURE = 0.8


def members_with_truth(study: Study) -> pd.DataFrame:
    """Every clustered patch with the element it shows, 0 for none."""
    patches, clusters = study.artifact("patches"), study.artifact("clusters")
    assert patches and clusters
    pictures = study.pictures
    members = clusters.table("members")
    own = patches.table("patches").merge(members[["patch"]], on="patch")

    def mask(picture: str) -> Any:
        return load_mask(str(pictures.at[picture, "mask"]), str(pictures.at[picture, "mask_sha256"]))

    return members.assign(element=patch_elements(own, mask).loc[members["patch"]].to_numpy())


def of_label(study: Study, members: pd.DataFrame) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A row a cluster that is shown, and a row a pair of them."""
    features = study.artifact("features")
    assert features
    rows = features.table("features").set_index("patch").loc[members["patch"]]
    vectors, groups = features.stacked("features", "vector", rows), members["cluster"].to_numpy(object)
    scores, silhouettes = mixedness(vectors, groups), silhouette_samples(vectors.astype(float), groups)
    flagged, pairs = mixed(scores), repeated(vectors, groups, bar=-1).set_index(["first", "second"])["alike"]
    clusters = []
    for name, part in members.groupby("cluster"):
        shares = part["element"].value_counts(normalize=True)
        if len(part) >= SHOWN_FROM:
            clusters.append({
                "cluster": name, "element": int(shares.index[0]), "purity": float(shares.iloc[0]),
                "mixedness": float(scores[name]), "flagged": name in flagged,
                "silhouette": float(silhouettes[(members["cluster"] == name).to_numpy()].mean()),
            })  # fmt: skip
    both = [
        {
            "alike": float(pairs[one["cluster"], other["cluster"]]),
            "same": one["element"] == other["element"] > 0 and min(one["purity"], other["purity"]) >= PURE,
        }
        for one, other in itertools.combinations(clusters, 2)
    ]
    return clusters, both


def measure(study: Study) -> dict[str, Any]:
    """How well the two scores order clusters and pairs, and how right their bars are."""
    parts = [of_label(study, part) for _, part in members_with_truth(study).groupby("label")]
    clusters = pd.DataFrame([row for rows, _ in parts for row in rows])
    pairs = pd.DataFrame([row for _, rows in parts for row in rows])
    impure, near = clusters["purity"] < PURE, pairs["alike"] >= REPEATED
    return {
        "clusters": len(clusters), "impure": int(impure.sum()),
        "mixedness_auc": round(float(roc_auc_score(impure, clusters["mixedness"])), 3),
        "silhouette_auc": round(float(roc_auc_score(impure, -clusters["silhouette"])), 3),
        "mixed_bar": MIXED, "called_mixed": int(clusters["flagged"].sum()),
        "of_these_impure": int((clusters["flagged"] & impure).sum()),
        "pairs": len(pairs), "same_element": int(pairs["same"].sum()),
        "alike_auc": round(float(roc_auc_score(pairs["same"], pairs["alike"])), 3),
        "repeated_bar": REPEATED, "called_repeated": int(near.sum()),
        "of_these_same": int((near & pairs["same"]).sum()),
    }  # fmt: skip


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    as_json = parser.parse_args().json
    for _ in prepare():
        pass
    found = measure(Study.open(NAME))
    print(json.dumps(found) if as_json else "\n".join(f"{key}: {value}" for key, value in found.items()))


if __name__ == "__main__":
    main()
