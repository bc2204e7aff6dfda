"""How a workflow reads in YAML: positions, shape, expressions, references, and everything wrong told at once."""

from wflpy.loader.codes import MEANINGS as MEANINGS
from wflpy.loader.diagnostics import Diagnostic as Diagnostic
from wflpy.loader.diagnostics import WorkflowFileError as WorkflowFileError
from wflpy.loader.diagnostics import render as render
from wflpy.loader.diagnostics import render_all as render_all
from wflpy.loader.files import WorkflowFile as WorkflowFile
from wflpy.loader.files import check_file as check_file
from wflpy.loader.files import load_file as load_file
from wflpy.loader.files import load_flow as load_flow
from wflpy.loader.files import load_spec as load_spec
from wflpy.loader.flows import NamedBackend as NamedBackend
from wflpy.loader.schema import schema as schema
