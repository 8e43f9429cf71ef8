"""Croissant metadata: what the files are, and which columns they have, for machines (mlcommons.org/croissant/1.0)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...files import sha256_of
from .formats import FORMATS

CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(
    name: str,
    description: str,
    version: str,
    schema: pa.Schema,
    files: Mapping[str, Sequence[Path]],
) -> dict[str, Any]:
    """Return the JSON-LD document.

    Parameters
    ----------
    name, description, version : str
        Of the dataset; the version as ``1.0.0``.
    schema : Schema
    files : mapping from split to paths
        Their folder's parent is that of the document.
    """
    distribution: list[dict[str, Any]] = []
    records = []
    for split, paths in files.items():
        form = FORMATS[paths[0].suffix[1:]]
        source = "fileObject", f"{split}-00000"
        distribution += [
            {
                "@type": "cr:FileObject",
                "@id": f"{split}-{number:05d}",
                "name": path.name,
                "contentUrl": f"{path.parent.name}/{path.name}",
                "contentSize": f"{path.stat().st_size} B",
                "encodingFormat": form.media,
                "sha256": sha256_of(path),
            }
            for number, path in enumerate(paths)
        ]
        if len(paths) > 1:
            source = "fileSet", f"{split}-files"
            distribution.append(
                {
                    "@type": "cr:FileSet",
                    "@id": source[1],
                    "containedIn": [{"@id": f"{split}-{number:05d}"} for number in range(len(paths))],
                    "encodingFormat": form.media,
                    "includes": f"{split}-*.{form.suffix}",
                }
            )
        fields = [_field(split, column, source, form.suffix) for column in schema]
        records.append({"@type": "cr:RecordSet", "@id": split, "name": split, "field": fields})
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": name,
        "description": description,
        "version": version,
        "distribution": distribution,
        "recordSet": records,
    }


def _field(split: str, column: pa.Field, source: tuple[str, str], suffix: str) -> dict[str, Any]:
    repeated = pa.types.is_list(column.type) and suffix != "csv"  # there a list is one text
    kind = column.type
    while pa.types.is_list(kind):
        kind = kind.value_type
    text = pa.types.is_list(column.type) and suffix == "csv"
    data = "sc:Text" if text else "sc:Float" if pa.types.is_floating(kind) else "sc:Integer"
    return {
        "@type": "cr:Field",
        "@id": f"{split}/{column.name}",
        "name": column.name,
        "dataType": data,
        **({"repeated": True} if repeated else {}),
        "source": {source[0]: {"@id": source[1]}, "extract": {"column": column.name}},
    }
