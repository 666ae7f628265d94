/**
 * response_header: sets headers of the client's answer when the request is allowed.
 *
 * Takes       `headers`: name to template over the session.
 * Gives       these headers in the answer to the client, in place of the upstream's own.
 * Fails with  internal_server_error when a template fails, or a value has a character that a header cannot contain.
 *
 * Envoy (gRPC), the proxy and the middleware set them. The decision API sends them under their names, and the caller
 * copies them to the client: so a name must not be one that the rule sets for the upstream, too. Envoy's HTTP filter adds
 * them to the upstream's own. In the answer of the Lambda authorizer they stand in the context: `response_x_frame_options`.
 */
import type { FromSchema } from 'json-schema-to-ts'
import { canonicalHeaderName } from '../../lib/header-name.ts'
import { withEdits } from '../../model/session.ts'
import type { Kind, Step } from '../kind.ts'
import { compileFields, renderAll } from '../templates.ts'
import { checkAnswerName } from './response/answer-names.ts'

const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['headers'],
  properties: {
    headers: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Header name to value; values are templates over the session.',
    },
  },
} as const

type Config = FromSchema<typeof schema>

export const responseHeader: Kind<Config, Step> = {
  schema,
  isCompletedByRules: true,
  templates: ['headers'],
  answers: ({ headers }) => Object.keys(headers).map(canonicalHeaderName),
  create: ({ headers }, { templateSettings }) => {
    for (const name of Object.keys(headers)) checkAnswerName(name)
    refuseSpellings(Object.keys(headers))
    const templates = compileFields('headers', headers, templateSettings).map(
      ({ name, render }) => ({ name: canonicalHeaderName(name), render }),
    )
    return session => {
      const rendered = renderAll(templates, session)
      if ('kind' in rendered) return rendered
      const own = rendered.map(([name, value]) => [name, [value]] as const)
      return withEdits(session, ({ response }) => ({ response: new Map([...response, ...own]) }))
    }
  },
}

/** Names have no case: one of two values would be lost. */
function refuseSpellings(names: readonly string[]): void {
  const known = new Map<string, string>()
  for (const name of names) {
    const other = known.get(canonicalHeaderName(name))
    if (other !== undefined)
      throw new Error(`headers: found ${other} and ${name}, expected each name once`)
    known.set(canonicalHeaderName(name), name)
  }
}
