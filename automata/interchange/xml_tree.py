"""XML within bounds: no entities, no more than so many elements, nothing fetched."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from .source import Source

MOST_ELEMENTS = 200_000
DEEPEST = 50


class _TooMuchError(Exception):
    pass


class _Builder(TreeBuilder):
    def __init__(self) -> None:
        super().__init__()
        self.elements = 0
        self.depth = 0

    def start(self, tag: Any, attributes: Any, /) -> Element:
        self.elements += 1
        self.depth += 1
        if self.elements > MOST_ELEMENTS:
            raise _TooMuchError(f"more than {MOST_ELEMENTS} elements: expected fewer")
        if self.depth > DEEPEST:
            raise _TooMuchError(f"elements {DEEPEST} deep in others: expected fewer")
        return super().start(tag, attributes)

    def end(self, tag: Any, /) -> Element:
        self.depth -= 1
        return super().end(tag)


def read_tree(source: Source) -> Element:
    """Return the root element of an XML file; a document type without entities is passed over.

    Raises
    ------
    DamagedFileError
        Where the text is not XML or is cut short, with the line.
    RequestError
        For entities, and where there are too many elements.
    """
    from defusedxml import EntitiesForbidden, ExternalReferenceForbidden
    from defusedxml.ElementTree import DefusedXMLParser

    parser = DefusedXMLParser(target=_Builder(), forbid_entities=True, forbid_external=True)
    try:
        parser.feed(source.text)
        root: Element = parser.close()
    except EntitiesForbidden as error:
        raise source.refused(
            None, f"the entity {error.name!r} is defined: expected XML without entities"
        ) from None
    except ExternalReferenceForbidden:
        raise source.refused(None, "another file is referred to: expected XML that stands alone") from None
    except _TooMuchError as error:
        raise source.refused(None, str(error)) from None
    except ParseError as error:
        raise source.damaged(error.position[0], f"not XML: {str(error).partition(':')[0]}") from None
    return root
