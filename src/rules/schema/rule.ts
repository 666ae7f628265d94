/** A rule of a rule file, and the spec of the custom resource: the one definition that both schemas are written from. */
import { authenticators } from '../../handlers/authenticators/index.ts'
import { authorizers } from '../../handlers/authorizers/index.ts'
import { errorHandlers } from '../../handlers/errors/index.ts'
import { mutators } from '../../handlers/mutators/index.ts'
import { match } from './match.ts'
import { type Check, flag, list, type Node, object, type Stage, text } from './node.ts'

export const kinds: Readonly<
  Record<Stage, Readonly<Record<string, { readonly schema: unknown }>>>
> = {
  authenticator: authenticators,
  authorizer: authorizers,
  mutator: mutators,
  error: errorHandlers,
}

/** Most handlers of one list. A cluster estimates what its checks cost from these numbers. */
const mostHandlers = 32
const mostBranches = 16

const handlerOf = (stage: Stage): Readonly<Record<'handler' | 'config', Node>> => ({
  handler: text('The name of the handler, which the configuration must enable.', {
    enum: Object.keys(kinds[stage]).sort(),
  }),
  config: {
    type: 'object',
    configOf: stage,
    description: "The handler's settings, merged over those of the configuration.",
  },
})

const when = text('An expression: where it is false the handler is skipped.', {
  least: 1,
  most: 4096,
  examples: ['request.method != "GET"'],
})

const reference = (description: string, stage: Stage): Node =>
  object(description, { ...handlerOf(stage), when }, { required: ['handler'] })

/** They read no credential that has a name. */
const withoutCredential = ['anonymous', 'noop', 'unauthorized']

const authenticator = object(
  'One way to find out who is calling.',
  {
    ...handlerOf('authenticator'),
    on_failure: text(
      'What follows where this authenticator refuses the credential: stop denies the request, next asks the next authenticator.',
      { enum: ['stop', 'next'], default: 'stop' },
    ),
    remove_credential: flag('The credential that it reads does not reach the upstream.'),
  },
  {
    required: ['handler'],
    checks: [
      {
        message: `expected remove_credential on an authenticator that reads a credential, not on ${withoutCredential.join(', ')}`,
        cel: `!has(self.remove_credential) || !self.remove_credential || !(self.handler in [${withoutCredential.map(name => `'${name}'`).join(', ')}])`,
        json: {
          not: {
            required: ['remove_credential', 'handler'],
            properties: {
              remove_credential: { const: true },
              handler: { enum: withoutCredential },
            },
          },
        },
      },
    ],
  },
)

const oneOf = ['handler', 'any', 'all']
const entryChecks: readonly Check[] = [
  {
    message: 'expected one of handler, any, all',
    cel: `[${oneOf.map(key => `has(self.${key})`).join(', ')}].exists_one(given, given)`,
    json: { oneOf: oneOf.map(key => ({ required: [key] })) },
  },
  {
    message: 'expected config beside handler only',
    cel: '!has(self.config) || has(self.handler)',
    json: { not: { required: ['config'], not: { required: ['handler'] } } },
  },
]

/** An authorizer or a group of entries. */
export const authorizerEntry = (nested: Node): Node =>
  object(
    'An authorizer, or a group of which any or all must allow.',
    {
      ...handlerOf('authorizer'),
      any: list('The first of these that allows wins.', nested, { most: mostBranches }),
      all: list('All of these must allow.', nested, { most: mostBranches }),
      when,
    },
    { checks: entryChecks },
  )

export const authorizer = reference(
  'The handler that decides whether the caller may.',
  'authorizer',
)

const upstream = object(
  'Where the reverse proxy sends what is allowed. Other doors do not use it.',
  {
    url: text('Scheme, host, port, and a path that is put in front.', {
      examples: ['http://orders.internal:8080'],
    }),
    preserve_host: flag('The upstream gets the Host header of the client, not the host of url.'),
    strip_path: text('Whole segments that are removed from the beginning of the path.', {
      examples: ['/api'],
    }),
  },
)

const body = object(
  'The body is read, so that expressions and templates can read it; it reaches the upstream unchanged.',
  {
    parse: text('What the body is. A body that is not valid is denied.', { enum: ['json'] }),
    max_bytes: {
      type: 'integer',
      description: 'The largest body, in bytes. A longer one is denied.',
      default: 65_536,
      least: 1,
    },
  },
  { required: ['parse'] },
)

/** `entry` is an element of `authorizers`. */
export const rule = (entry: Node): Node =>
  object(
    'An access rule: which requests it is for, and what happens with them.',
    {
      description: text('Text for people.'),
      match,
      authenticators: list('Who is calling: tried in order.', authenticator, {
        most: mostHandlers,
      }),
      authorizer,
      authorizers: list('In place of authorizer: all of them must allow.', entry, {
        most: mostHandlers,
      }),
      mutators: list(
        'What the upstream and the client get: all run, in order.',
        reference('A change of the request or of its answer.', 'mutator'),
        { most: mostHandlers },
      ),
      errors: list(
        'What the answer to a denied request looks like. Without it: errors.fallback of the configuration.',
        reference('An answer to a denied request.', 'error'),
        { most: mostHandlers },
      ),
      body,
      upstream,
    },
    {
      required: ['match', 'authenticators', 'mutators'],
      checks: [
        {
          message: 'expected authorizer or authorizers, one of them',
          cel: 'has(self.authorizer) != has(self.authorizers)',
          json: { oneOf: [{ required: ['authorizer'] }, { required: ['authorizers'] }] },
        },
      ],
    },
  )
