"""What the manifest is for, as a job of Spark: load the images, and count them by label.

``python -m tests.spark.consumer MASTER MANIFEST`` prints the number of images and of pixels of each
artist as JSON.
"""

from __future__ import annotations

import io
import json
import sys
from urllib.request import urlopen

from PIL import Image
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 (as everybody calls it)


def pixels(url: str) -> int:
    """Load an image, and count its pixels."""
    with urlopen(url) as answer, Image.open(io.BytesIO(answer.read())) as image:  # noqa: S310
        image.load()
        return image.width * image.height


def main(master: str, manifest: str) -> None:
    """Read the manifest as anybody would."""
    spark = SparkSession.builder.master(master).getOrCreate()
    fields = F.split("value", " ")
    images = spark.read.text(manifest).select(
        fields[0].alias("url"), F.split(fields[1], "/")[1].alias("label")
    )
    loaded = images.withColumn("pixels", F.udf(pixels, "long")("url"))
    counted = loaded.groupBy("label").agg(F.count("*"), F.sum("pixels")).collect()
    print(json.dumps({label: [count, total] for label, count, total in counted}))
    spark.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
