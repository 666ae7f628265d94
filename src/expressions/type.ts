import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'

/** Functions that never give true or false. */
const others = new Set([
  ...['_+_', '_-_', '_*_', '_/_', '_%_', '-_', 'size', 'int', 'uint', 'double', 'string', 'bytes'],
  ...['duration', 'timestamp', 'type', 'charAt', 'format', 'indexOf', 'lastIndexOf', 'join'],
  ...[
    'lowerAscii',
    'upperAscii',
    'quote',
    'replace',
    'split',
    'substring',
    'trim',
    'reverse',
    'cidr',
  ],
])

/** True for an expression whose form shows that it is neither true nor false; the library has no type checker. */
export function cannotBeBoolean({ exprKind: { case: kind, value } }: Expr): boolean {
  switch (kind) {
    case 'constExpr':
      return value.constantKind.case !== 'boolValue'
    case 'listExpr':
    case 'structExpr':
      return true
    case 'callExpr':
      if (value.function === '_?_:_') return value.args.slice(1).some(cannotBeBoolean)
      if (value.function === '_&&_' || value.function === '_||_' || value.function === '!_') {
        return value.args.some(cannotBeBoolean)
      }
      return others.has(value.function)
    case 'comprehensionExpr':
      return value.accuInit !== undefined && cannotBeBoolean(value.accuInit)
    default:
      return false
  }
}
