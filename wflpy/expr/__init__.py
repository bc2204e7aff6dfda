"""The expressions of ``${{ }}``: parsed to data, their names checked beforehand, evaluated on plain data.

An :class:`Expression` is one of them, a :class:`Text` is literal text with any number in it. Both are frozen and
hashable. Most never need a parser: jinja2 is loaded with the first expression that is more than a path or a literal.
"""

from wflpy.expr.errors import EvaluationError as EvaluationError
from wflpy.expr.errors import ExpressionError as ExpressionError
from wflpy.expr.expression import Expression as Expression
from wflpy.expr.functions import FUNCTION_NAMES as FUNCTION_NAMES
from wflpy.expr.names import SCOPE_NAMES as SCOPE_NAMES
from wflpy.expr.names import Known as Known
from wflpy.expr.names import NameProblem as NameProblem
from wflpy.expr.names import check_names as check_names
from wflpy.expr.shell import PlaceProblem as PlaceProblem
from wflpy.expr.shell import check_shell as check_shell
from wflpy.expr.text import Text as Text
from wflpy.expr.values import text_of as text_of
