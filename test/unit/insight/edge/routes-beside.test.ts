/** nginx, Caddy and Traefik: routes whose requests are not checked, and what is taken from the answer. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plainRule } from '../../../support/lint.ts'
import { type Edge, edgeFindings } from '../../../support/lint-edge.ts'

const rule = plainRule('orders', { match: { hosts: ['shop.example'], paths: ['/orders'] } })

const check = 'forward_auth oarlock:4456 {\nuri /decisions\ncopy_headers X-User\n}\n'
const caddy = (site: string, before = ''): Edge => ({
  file: 'Caddyfile',
  text: `${before}shop.example {\n@ambiguous vars_regexp {http.request.orig_uri} //\nrespond @ambiguous 400\nrequest_header -X-User\n${site}\n}\n`,
})
const app = 'reverse_proxy app:80\n'

const traefik = (routers: object, parts: object = {}, auth: object = {}): Edge => ({
  file: 'dynamic.json',
  text: JSON.stringify({
    http: {
      routers,
      middlewares: {
        auth: {
          forwardAuth: {
            address: 'http://oarlock:4456/decisions',
            authResponseHeaders: ['X-User'],
            ...auth,
          },
        },
        bare: { headers: { customRequestHeaders: { 'X-User': '' } } },
        ...parts,
      },
    },
  }),
})
const main = { rule: 'Host(`shop.example`)', service: 'app', middlewares: ['auth'] }
const router = (rule: string, parts: object = {}) => ({
  rule,
  service: 'app',
  middlewares: ['bare'],
  ...parts,
})
const copying = (expression: string) =>
  traefik({ main }, {}, { authResponseHeaders: [], authResponseHeadersRegex: expression })

const nginx = (locations: string, server = ''): Edge => ({
  file: 'nginx.conf',
  text: `server {
    server_name shop.example;
    if ($request_uri ~ //) { return 400; }
    location = /check { internal; proxy_pass http://oarlock:4456/decisions; }
    location / {
      auth_request /check;
      auth_request_set $user $upstream_http_x_user;
      proxy_set_header X-User $user;
      proxy_pass http://app;
    }
    ${locations}
  }
  ${server}`,
})
const passing = 'proxy_set_header X-User ""; proxy_pass http://app;'

type Case = readonly [what: string, edge: Edge, isFound: boolean]

const unchecked: readonly Case[] = [
  ['Caddy: one check for all', caddy(check + app), false],
  ['Caddy: a handle without a check', caddy(`handle /orders* {\n${app}}\nhandle {\n${check}${app}}`), true],
  ['Caddy: a handle of other paths', caddy(`handle /static/* {\n${app}}\nhandle {\n${check}${app}}`), false],
  ['Caddy: a handle behind one for the path', caddy(`handle {\n${app}}\nhandle /orders* {\n${check}${app}}`), false],
  ['Caddy: a check around handles', caddy(`${check}handle /orders* {\n${app}}\nhandle {\n${app}}`), false],
  ['Caddy: a check of other paths', caddy(`@some path /a* /b*\n${check.replace('auth', 'auth @some')}${app}`), true],
  ['Caddy: a check of the path', caddy(`@some path /a* /orders*\n${check.replace('auth', 'auth @some')}${app}`), false],
  ['Caddy: a check of all but the path', caddy(`@some not path /orders\n${check.replace('auth', 'auth @some')}${app}`), true],
  ['Caddy: a check written behind, in a route', caddy(`route {\n${app}${check}}`), true],
  ['Caddy: a check written before, in a route', caddy(`route {\n${check}${app}}`), false],
  ['Caddy: a check written behind', caddy(`${app}${check}`), false],
  ['Caddy: two checks, one path without', caddy(`handle /a* {\n${check}${app}}\nhandle /b* {\n${check}${app}}\nhandle {\n${app}}`), true],
  ['Caddy: a check in a snippet', caddy(`import auth\n${app}`, `(auth) {\n${check}}\n`), false],
  ['Caddy: a path that is answered', caddy(`respond /orders 404\nhandle /a* {\n${check}${app}}\nhandle {\n${app}}`), false],
  ['Caddy: another site', { file: 'Caddyfile', text: `${caddy(check + app).text}other.example {\nrequest_header -X-User\n${app}}\n` }, false],
  ['Caddy: the site again, in http', { file: 'Caddyfile', text: `${caddy(check + app).text}http://shop.example {\nrequest_header -X-User\n${app}}\n` }, true],

  ['Traefik: one router', traefik({ main }), false],
  ['Traefik: a router of the path', traefik({ main, open: router('Host(`shop.example`) && PathPrefix(`/orders`)') }), true],
  ['Traefik: the second of two paths', traefik({ main, open: router('Host(`shop.example`) && (Path(`/x`) || Path(`/orders`))') }), true],
  ['Traefik: a path as an expression', traefik({ main, open: router('Host(`shop.example`) && PathRegexp(`^/ord`)') }), true],
  ['Traefik: some requests of the path', traefik({ main, open: router('Host(`shop.example`) && Path(`/orders`) && Header(`X-A`, `b`)') }), true],
  ['Traefik: a router of another host', traefik({ main, open: router('Host(`other.example`)') }), false],
  ['Traefik: all paths but this one', traefik({ main, open: router('Host(`shop.example`) && !PathPrefix(`/orders`)') }), false],
  ['Traefik: a router that is asked later', traefik({ main, open: router('PathPrefix(`/`)') }), false],
  ['Traefik: a router with a priority', traefik({ main, open: router('PathPrefix(`/`)', { priority: 1000 }) }), true],
  ['Traefik: a chain with the check', traefik({ main: { ...main, middlewares: ['all'] } }, { all: { chain: { middlewares: ['auth'] } } }), false],

  ['nginx: one location', nginx(''), false],
  ['nginx: a location of the path', nginx(`location /orders { auth_request off; ${passing} }`), true],
  ['nginx: an expression', nginx(`location ~* ^/ORD { auth_request off; ${passing} }`), true],
  ['nginx: another program behind it', nginx('location /orders { auth_request off; proxy_set_header X-User ""; fastcgi_pass app; }'), true],
  ['nginx: a location behind a longer one', nginx(`location /ord { ${passing} } location /orders { auth_request /check; auth_request_set $user $upstream_http_x_user; proxy_set_header X-User $user; proxy_pass http://app; }`), false],
  ['nginx: another server', nginx('', `server { server_name other.example; location / { ${passing} } }`), false],
  ['nginx: a server for any name', nginx('', `server { location / { ${passing} } }`), true],
] // biome-ignore format: a table

for (const [what, edge, isFound] of unchecked) {
  test(`${what}: ${isFound ? 'found' : 'nothing'}`, async t => {
    const { codes, err } = await edgeFindings(t, [rule], edge)
    assert.deepEqual(codes, isFound ? ['check-disabled'] : [], err)
    assert.equal(err, '')
  })
}

const notes: readonly (readonly [edge: Edge, note: RegExp])[] = [
  [caddy(`@some header X-A b\n${check.replace('auth', 'auth @some')}${app}`), /the matcher @some is not read/],
  [caddy(`handle_path /a/* {\n${app}}\n${check}${app}`), /handle_path is not read/],
  [caddy(`import other\n${check}${app}`), /import other is not read/],
  [traefik({ main, open: router('Host(`shop.example`') }), /the rule of the router open/],
  [
    traefik({ main, open: router('PathPrefix(`/orders`)', { middlewares: ['sso@docker'] }) }),
    /the router open, whose middleware sso@docker is not in the file/,
  ],
] // biome-ignore format: a table

for (const [edge, note] of notes) {
  test(`what is not plain is named: ${note.source}`, async t => {
    const { codes, err } = await edgeFindings(t, [rule], edge)
    assert.deepEqual(codes, [])
    assert.match(err, note)
  })
}

const regexes: readonly (readonly [expression: string, isCopied: boolean])[] = [
  ['^X-', true],
  ['User', true],
  ['X-User', true],
  ['^X-User$', true],
  ['(?i)^x-user$', true],
  ['^x-user$', false],
  ['x-.*', false],
  ['^User', false],
  ['(', false],
]

for (const [expression, isCopied] of regexes) {
  test(`Traefik: ${expression} ${isCopied ? 'copies' : 'does not copy'} X-User`, async t => {
    const { codes } = await edgeFindings(t, [rule], copying(expression))
    assert.deepEqual(codes, isCopied ? [] : ['header-not-copied'])
  })
}

test('parentheses without end are no rule', async t => {
  const open = router('('.repeat(100_000))
  const { err } = await edgeFindings(t, [rule], traefik({ main, open }))
  assert.match(err, /the rule of the router open/)
})
