/** `match` of a rule. */
import { type Check, flag, list, type Node, object, text } from './node.ts'

/** Most hosts, most paths, and most pairs of them. */
const mostPatterns = 1000

/** 0 to 65535 */
const port = '[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]'

const hostChecks: readonly Check[] = [
  {
    avoids: '[/?#@<>\\s]',
    message: 'expected a host such as shop.example, without scheme and path',
  },
  {
    matches: `^([^:]*|.*\\][^:\\]]*)(:(${port}))?$`,
    message: 'expected a port between 0 and 65535',
  },
  { avoids: '^[.:]|\\.\\.|\\.(:|$)', message: 'expected labels with a dot between them' },
  { avoids: '^\\*(:|$)', message: 'expected a host: leave hosts out for any host' },
  { avoids: '.\\*|^\\*[^.]', message: 'expected "*." in front only, as a whole label' },
  {
    matches: '^([^{}]|\\{[A-Za-z_][A-Za-z0-9_]*\\})*$',
    message: 'expected {name} of letters, digits and "_"',
  },
  { avoids: '[^.]\\{|\\}[^.:]', message: 'expected {name} as a whole label' },
]

const pathChecks: readonly Check[] = [
  { matches: '^/', message: 'expected a path that begins with "/"' },
  { avoids: '[<>]', message: 'expected {name} or * in place of <...>' },
  { avoids: '[?#]', message: 'expected a path without a query' },
  {
    avoids: '//+[^/]|/\\.\\.?(/|$)',
    message: 'expected segments that are neither empty nor dots',
  },
  { avoids: '\\.\\.\\.\\}/*[^/]', message: 'expected {name...} at the end only' },
  {
    matches: '^([^{}]|\\{[A-Za-z_][A-Za-z0-9_]*(\\.\\.\\.)?\\})*$',
    message: 'expected {name} of letters, digits and "_"',
  },
  {
    avoids: '[^/][{*]|[}*][^/]',
    message: 'expected "*" or {name} as a whole segment',
  },
]

const hostHeaders = ['Host', 'host', 'HOST', ':authority']

const headerChecks: readonly Check[] = [
  {
    message: 'expected hosts for the host of a request, not a condition on its header',
    cel: hostHeaders.map(name => `!("${name}" in self)`).join(' && '),
    json: { propertyNames: { not: { pattern: '^([Hh][Oo][Ss][Tt]|:authority)$' } } },
  },
]

const conditions = (
  description: string,
  examples: readonly unknown[],
  more: Partial<Node>,
): Node => ({
  type: 'object',
  description,
  examples,
  values: text(
    'The whole value; what stands between < and > is an expression or a glob. null: it must be absent.',
    { nullable: true },
  ),
  most: 64,
  ...more,
})

const parts = ['schemes', 'hosts', 'paths']
const withUrl = ['url', ...parts]

const anyOf = (keys: readonly string[]): string => keys.map(key => `has(self.${key})`).join(' || ')
const anyIn = (keys: readonly string[]): object => ({
  anyOf: keys.map(key => ({ required: [key] })),
})
const together = (...all: readonly object[]): object => ({ not: { allOf: all } })

const matchChecks: readonly Check[] = [
  {
    message: 'expected one of url, hosts, paths, or authority with full_method',
    cel: anyOf(['url', 'hosts', 'paths', 'full_method']),
    json: anyIn(['url', 'hosts', 'paths', 'full_method']),
  },
  {
    message: 'expected url, or hosts, paths and schemes, not both',
    cel: `!has(self.url) || !(${anyOf(parts)})`,
    json: together({ required: ['url'] }, anyIn(parts)),
  },
  {
    message: 'expected full_method alone, without url, hosts, paths, schemes and methods',
    cel: `!has(self.full_method) || !(${anyOf([...withUrl, 'methods'])})`,
    json: together({ required: ['full_method'] }, anyIn([...withUrl, 'methods'])),
  },
  {
    message: 'expected authority and full_method together',
    cel: 'has(self.authority) == has(self.full_method)',
    json: {
      oneOf: [
        { required: ['authority', 'full_method'] },
        { not: anyIn(['authority', 'full_method']) },
      ],
    },
  },
  {
    message: 'expected methods beside url',
    cel: '!has(self.url) || has(self.methods)',
    json: together({ required: ['url'] }, { not: { required: ['methods'] } }),
  },
  {
    message: 'expected allow_http_get beside full_method only',
    cel: '!has(self.allow_http_get) || has(self.full_method)',
    json: together({ required: ['allow_http_get'] }, { not: { required: ['full_method'] } }),
  },
  {
    message: `expected at most ${mostPatterns} pairs of a host and a path`,
    cel: `!has(self.hosts) || !has(self.paths) || self.hosts.size() * self.paths.size() <= ${mostPatterns}`,
  },
]

export const match: Node = object(
  'The requests that this rule decides about. Exactly one rule must match a request.',
  {
    url: text(
      'A pattern of the whole URL without its query; what stands between < and > is an expression or a glob, as access_rules.matching_strategy says.',
      { least: 1, examples: ['https://shop.example/orders/<[0-9]+>'] },
    ),
    schemes: list(
      'Schemes of the URL. Without it: http and https.',
      { type: 'string', enum: ['http', 'https', 'ws', 'wss'] },
      { most: 4 },
    ),
    hosts: list(
      'Hosts: a name; "*." in front for exactly one label; {name} for one label that is captured; with a port or, without one, any port. Without it: any host.',
      { type: 'string', least: 1, most: 320, checks: hostChecks },
      { most: mostPatterns, examples: [['shop.example', '{tenant}.shop.example:8443']] },
    ),
    paths: list(
      'Paths: literal text; "*" and {name} for one segment, the latter captured; {name...} at the end for the rest. Without it: any path.',
      { type: 'string', least: 1, most: 1024, checks: pathChecks },
      { most: mostPatterns, examples: [['/orders/{id}', '/files/{rest...}']] },
    ),
    methods: list(
      'Methods, compared without case. Needed with url; without it hosts and paths match any method.',
      { type: 'string', least: 1 },
      { most: 64, examples: [['GET', 'POST']] },
    ),
    headers: conditions(
      'Headers that a request must have, by name, in any spelling.',
      [{ 'X-Tenant': 'red', 'X-Debug': null }],
      { checks: headerChecks },
    ),
    query: conditions('Query parameters that a request must have.', [{ preview: '1' }], {
      least: 1,
    }),
    context: conditions(
      "Entries of Envoy's context_extensions that a request must have. At other doors such a rule never matches.",
      [{ tier: 'gold' }],
      { least: 1 },
    ),
    default: flag('The rule matches only where no other rule does.'),
    authority: text('The authority of gRPC calls, a pattern as url is.', {
      least: 1,
      examples: ['orders.example'],
    }),
    full_method: text('The full name of a gRPC method, a pattern as url is.', {
      least: 1,
      examples: ['shop.v1.Orders/Get'],
    }),
    allow_http_get: flag('With full_method: GET requests match too.'),
  },
  { checks: matchChecks },
)
