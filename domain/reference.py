"""The description of the API as a page that people read: no script, nothing fetched."""

import json
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;
color:#1a1a1a;background:#fff}
h2{margin-top:2.5rem;border-top:1px solid #767676;padding-top:1rem;font-size:1.1rem}
code,pre{font:14px/1.4 ui-monospace,monospace}pre{overflow:auto;background:#f4f4f4;padding:.75rem}
table{border-collapse:collapse}td,th{text-align:left;vertical-align:top;padding:.2rem 1rem .2rem 0}
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}pre{background:#262626}
a{color:#9cf}}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_REF = "#/components/schemas/"


def render(document: Mapping[str, Any]) -> str:
    """An OpenAPI document as HTML."""
    return "".join(_lines(document))


def _lines(document: Mapping[str, Any]) -> Iterator[str]:
    info = document["info"]
    yield ('<!doctype html><html lang="en"><head><meta charset="utf-8">'
           '<meta name="viewport" content="width=device-width">'
           f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
           f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body>"
           f"<h1>{escape(info['title'])} {escape(info['version'])}</h1>"
           f"<p>{escape(info['description'])} The same for programs: "
           '<a href="openapi.json">openapi.json</a>.</p><ul>')
    operations = [(path, method, operation) for path, methods in document["paths"].items()
                  for method, operation in methods.items()]
    for path, method, operation in operations:
        yield (f'<li><a href="#{operation["operationId"]}"><code>{method.upper()} '
               f"{escape(path)}</code></a></li>")
    yield "</ul>"
    for path, method, operation in operations:
        yield from _operation(path, method, operation)
    yield "<h2>Schemas</h2>"
    for name, schema in document["components"]["schemas"].items():
        yield f'<h3 id="schema-{name}"><code>{name}</code></h3>{_schema(schema)}'
    yield "</body></html>"


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> Iterator[str]:
    yield (f'<h2 id="{operation["operationId"]}"><code>{method.upper()} {escape(path)}</code></h2>'
           f"<p>{escape(operation['description'])}</p>")
    if found := operation.get("parameters"):
        yield "<table><tr><th>parameter</th><th>in</th><th>what</th></tr>"
        for one in found:
            yield (f"<tr><td><code>{escape(one['name'])}</code></td><td>{one['in']}</td>"
                   f"<td>{escape(one.get('description', ''))} {_schema(one['schema'])}</td></tr>")
        yield "</table>"
    if "requestBody" in operation:
        yield f"<p>Takes {_content(operation['requestBody'])}</p>"
    yield "<table><tr><th>status</th><th>what</th><th>body</th></tr>"
    for status, answer in operation["responses"].items():
        yield (f"<tr><td>{status}</td><td>{escape(answer['description'])}</td>"
               f"<td>{_content(answer)}</td></tr>")
    yield "</table>"


def _content(holder: Mapping[str, Any]) -> str:
    return " ".join(_schema(content["schema"]) for content in holder.get("content", {}).values())


def _schema(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REF)
        return f'<a href="#schema-{name}"><code>{name}</code></a>'
    text = json.dumps(schema, indent=1, ensure_ascii=False)
    tag = "pre" if len(schema) > 1 and "properties" in schema else "code"
    return f"<{tag}>{escape(text)}</{tag}>"
