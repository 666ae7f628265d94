/**
 * query: sets and removes query parameters of the request to the upstream.
 *
 * Takes       `set`: name to template over the session; `remove`: names, of which one may end in `*`, for any ending.
 * Gives       the query without the removed parameters, then with those that are set, instead of the client's.
 * Fails with  internal_server_error when a template fails, and where the caller cannot change the query.
 *
 * A parameter is found however the client wrote its name (`to%6ben` is `token`), and as often as it is there. Names are
 * compared with case. The other parameters stay byte for byte, but Envoy sorts them by name and writes `b` as `b=`; with
 * `validate_mutations` it denies a request in whose changes an escape stands. gRPC, the proxy and the middleware change the
 * query. Callers of the decision API and API Gateway cannot: a request whose query had to be changed is denied there.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { compileNames, type NameTest, patternProblem } from '../../lib/name-patterns.ts'
import { type QueryEdits, withEdits } from '../../model/session.ts'
import type { Kind, Step } from '../kind.ts'
import { compileFields, renderAll } from '../templates.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    set: {
      type: 'object',
      additionalProperties: { type: 'string' },
      default: {},
      description:
        'Parameter name to value; values are templates over the session. They replace all parameters of the name.',
    },
    remove: {
      type: 'array',
      items: { type: 'string' },
      default: [],
      description: 'Names of parameters. `debug_*` means all that begin with it.',
    },
  },
} as const

type Config = FromSchema<typeof schema>

export const query: Kind<Config, Step> = {
  schema,
  isCompletedByRules: true,
  templates: ['set'],
  create: ({ set = {}, remove = [] }, { templateSettings }) => {
    if (Object.keys(set).length + remove.length === 0)
      throw new Error('found neither set nor remove, expected the name of a parameter in one')
    if (Object.hasOwn(set, '')) throw new Error('set: found an empty name, expected a name')
    for (const name of remove) checkPattern(name)
    const templates = compileFields('set', set, templateSettings)
    const isRemoved = remove.length === 0 ? undefined : compileNames(remove)
    return session => {
      const rendered = renderAll(templates, session)
      if ('kind' in rendered) return rendered
      return withEdits(session, ({ query: before }) => ({
        query: after(before, rendered, isRemoved),
      }))
    }
  },
}

function after(
  { set, removes }: QueryEdits,
  rendered: readonly (readonly [name: string, value: string])[],
  isRemoved: NameTest | undefined,
): QueryEdits {
  const kept = isRemoved === undefined ? set : [...set].filter(([name]) => !isRemoved(name))
  return {
    set: new Map([...kept, ...rendered]),
    removes: isRemoved === undefined ? removes : [...removes, isRemoved],
  }
}

function checkPattern(name: string): void {
  const expected = patternProblem(name)
  if (expected !== undefined)
    throw new Error(`remove: found ${JSON.stringify(name)}, expected ${expected}`)
}
