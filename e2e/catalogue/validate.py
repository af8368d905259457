"""Checks the catalogue against the SHACL shapes of DCAT-AP 3.0.1, and that both ways of writing say the same.

Usage: validate.py catalogue.ttl catalogue.jsonld
Needs pyshacl (and with it rdflib). Where ckanext-dcat can be imported, its harvester parser reads the catalogue too.
"""

import sys
from pathlib import Path

from pyshacl import validate
from rdflib import Graph
from rdflib.compare import isomorphic
from rdflib.namespace import DCAT, RDF

SHAPES = Path(__file__).parent / "shapes"


def main(turtle: str, json_ld: str) -> int:
    graph = Graph().parse(turtle, format="turtle")
    same = isomorphic(graph, Graph().parse(json_ld, format="json-ld"))
    print(f"{len(graph)} triples; Turtle and JSON-LD say the same: {same}")
    failed = not same
    for shapes in sorted(SHAPES.glob("*.ttl")):
        shacl = Graph().parse(shapes, format="turtle")
        conforms, report, text = validate(graph, shacl_graph=shacl, inference="none", advanced=True, allow_warnings=True)
        print(f"{shapes.name}: {'conforms' if conforms else 'does not conform'}")
        if not conforms:
            print(text[:4000])
            failed = True
    failed |= not harvested(graph, turtle)
    return 1 if failed else 0


def harvested(graph: Graph, turtle: str) -> bool:
    """Reads the catalogue with CKAN's own parser."""
    try:
        from ckanext.dcat.processors import RDFParser
    except ImportError as missing:
        print(f"SKIPPED: CKAN's parser is not here ({missing})")
        return True
    parser = RDFParser(profiles=["euro_dcat_ap_2"])
    parser.parse(Path(turtle).read_text(encoding="utf-8"), "turtle")
    read = list(parser.datasets())
    expected = set(graph.subjects(RDF.type, DCAT.Dataset))
    print(f"CKAN reads {len(read)} of {len(expected)} datasets")
    return len(read) == len(expected)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
