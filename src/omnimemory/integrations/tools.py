"""Tools: plain callables with JSON schemas, bound to a scope, for any framework or none.

    scope = Scope(memory, by="ai_agent:helper", customer="dana@example.org")
    for tool in tools(scope):
        register(tool.name, tool.description, tool.parameters, tool.call)

Where the scope names a customer, no tool has an argument for one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Final, TypeAlias, cast

import msgspec
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from pydantic.json_schema import GenerateJsonSchema

from omnimemory.errors import AmbiguousError, InputError, NotFoundError, ToolError
from omnimemory.integrations import reading_tools, writing_tools
from omnimemory.integrations.scope import Scope
from omnimemory.integrations.writing import problems

JsonSchema: TypeAlias = dict[str, Any]

_CUSTOMER: Final = "customer"
_Named = Annotated[
    str,
    Field(
        description="The customer: an id, an e-mail address, a phone number, or a source and "
        "its id, such as zendesk:35436."
    ),
]


class Spec(msgspec.Struct, frozen=True):
    """What a tool is before it is bound to a scope.

    Attributes:
        run: Takes a scope and the arguments.
        read_only: Whether it changes nothing.
        destructive: Whether it does what cannot be taken back, such as handing somebody over.
        of_customer: Whether it is about one customer, who is named where the scope does not.
    """

    run: Callable[..., BaseModel]
    read_only: bool = False
    destructive: bool = False
    of_customer: bool = True


SPECS: Final[Mapping[str, Spec]] = {
    "find_customer": Spec(reading_tools.find_customer, read_only=True),
    "get_context": Spec(reading_tools.get_context, read_only=True),
    "search_history": Spec(reading_tools.search_history, read_only=True),
    "get_timeline": Spec(reading_tools.get_timeline, read_only=True),
    "get_record": Spec(reading_tools.get_record, read_only=True, of_customer=False),
    "remember": Spec(writing_tools.remember),
    "record_interaction": Spec(writing_tools.record_interaction),
    "record_action": Spec(writing_tools.record_action),
    "hand_off": Spec(writing_tools.hand_off, destructive=True, of_customer=False),
}
"""Every tool by its name, in the order in which an agent meets them."""


class Tool(msgspec.Struct, frozen=True):
    """One tool bound to a scope.

    Attributes:
        name: What a model calls it.
        description: What it does, for the model.
        parameters: JSON Schema of its arguments, an object.
        returns: JSON Schema of what `call` returns, an object.
        read_only: Whether it changes nothing.
        destructive: Whether it does what cannot be taken back; ask before calling.
        scope: What it may read and write.
    """

    name: str
    description: str
    parameters: JsonSchema
    returns: JsonSchema
    read_only: bool
    destructive: bool
    scope: Scope
    _arguments: type[BaseModel]
    _run: Callable[..., BaseModel]

    def call(self, arguments: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return what the tool gives for these arguments, as JSON.

        Raises:
            ToolError: The call can be mended; the message says what to try next.
            StoreError: The store failed.
        """
        try:
            given = self._arguments.model_validate(dict(arguments or {}))
        except ValidationError as error:
            known = ", ".join(self._arguments.model_fields) or "none"
            said = f"{problems(error)}; the arguments of {self.name} are: {known}"
            raise ToolError(said, tool=self.name) from None
        values = {name: getattr(given, name) for name in self._arguments.model_fields}
        try:
            scope = self.scope.only(values.pop(_CUSTOMER)) if _CUSTOMER in values else self.scope
            return self._run(scope, **values).model_dump(mode="json", exclude_none=True)
        except ToolError:
            raise
        except (InputError, NotFoundError, AmbiguousError) as error:
            raise ToolError(_advice(error), tool=self.name) from error

    def __call__(self, **arguments: Any) -> dict[str, Any]:
        """Return what `call` gives for keyword arguments."""
        return self.call(arguments)

    def function(self) -> Callable[..., dict[str, Any]]:
        """Return the tool as a function with a name, a docstring and a typed signature."""

        def function(**arguments: Any) -> dict[str, Any]:
            return self.call(arguments)

        fields = self._arguments.model_fields.items()
        parameters = [
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if field.is_required() else field.get_default(),
                annotation=field.rebuild_annotation(),
            )
            for name, field in fields
        ]
        function.__name__ = function.__qualname__ = self.name
        function.__doc__ = self.description
        function.__annotations__ = {one.name: one.annotation for one in parameters} | {
            "return": dict[str, Any]
        }
        typed = cast("Any", function)
        typed.__signature__ = inspect.Signature(parameters, return_annotation=dict[str, Any])
        return function

    def __repr__(self) -> str:
        return f"<Tool {self.name}({', '.join(self._arguments.model_fields)})>"


def tools(scope: Scope, names: Iterable[str] | None = None) -> list[Tool]:
    """Return the tools of a scope, all of them or those that are named.

    Raises:
        InputError: No tool has that name.
    """
    wanted = list(SPECS) if names is None else list(names)
    if unknown := [name for name in wanted if name not in SPECS]:
        raise InputError(f"no tool {unknown[0]!r}; known: {', '.join(SPECS)}")
    return [_bind(name, SPECS[name], scope) for name in wanted]


def _bind(name: str, spec: Spec, scope: Scope) -> Tool:
    shape = _shape(name, asks=spec.of_customer and scope.customer is None)
    return Tool(
        name=name,
        description=shape.description,
        parameters=msgspec.json.decode(shape.parameters),
        returns=msgspec.json.decode(shape.returns),
        read_only=spec.read_only,
        destructive=spec.destructive,
        scope=scope,
        _arguments=shape.arguments,
        _run=spec.run,
    )


class _Shape(msgspec.Struct, frozen=True):
    """What is the same for every scope; schemas as JSON, so that no caller can change them."""

    description: str
    arguments: type[BaseModel]
    parameters: bytes
    returns: bytes


@cache
def _shape(name: str, *, asks: bool) -> _Shape:
    run = SPECS[name].run
    arguments = _arguments(name, run, asks=asks)
    returns = inspect.signature(run, eval_str=True).return_annotation
    return _Shape(
        description=_description(run),
        arguments=arguments,
        parameters=msgspec.json.encode(_schema(arguments)),
        returns=msgspec.json.encode(_schema(returns)),
    )


def _arguments(name: str, run: Callable[..., BaseModel], *, asks: bool) -> type[BaseModel]:
    """Return the model of a tool's arguments: its parameters but for the scope."""
    parameters = list(inspect.signature(run, eval_str=True).parameters.values())[1:]
    fields: dict[str, Any] = {_CUSTOMER: (_Named, ...)} if asks else {}
    for one in parameters:
        required = one.default is inspect.Parameter.empty
        fields[one.name] = (one.annotation, ... if required else one.default)
    return create_model(f"{name}_arguments", __config__=ConfigDict(extra="forbid"), **fields)


def _description(run: Callable[..., BaseModel]) -> str:
    """Return a docstring's own words on one line a paragraph."""
    paragraphs = inspect.cleandoc(run.__doc__ or "").split("\n\n")
    return "\n".join(" ".join(one.split()) for one in paragraphs)


class _Untitled(GenerateJsonSchema):
    """Leaves out the titles that repeat a field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        del schema
        return False


def _schema(model: type[BaseModel]) -> JsonSchema:
    found = TypeAdapter(model).json_schema(schema_generator=_Untitled, mode="validation")
    return {name: value for name, value in found.items() if name not in ("title", "description")}


def _advice(error: InputError | NotFoundError | AmbiguousError) -> str:
    """Return an error with what to try next."""
    match error:
        case AmbiguousError():
            return f"{error}; ask the customer for another identifier, or use one of these ids"
        case NotFoundError():
            return f"{error}; {_NEXT}"
        case _:
            return str(error)


_NEXT: Final = (
    "use an id or a citation that get_context, get_timeline or search_history returned, or an "
    "e-mail address or phone number that the customer gave"
)
