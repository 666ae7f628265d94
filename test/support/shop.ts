/** A small shop for tests of commands: its keys and its policy engine do not exist. */
export const opa = 'http://opa.test/v1/data/shop'

/** Handlers of a configuration, without `errors` and sources. */
export const shopHandlers = {
  authenticators: {
    anonymous: { enabled: true },
    jwt: {
      enabled: true,
      config: { jwks_urls: ['http://keys.test/jwks'], target_audience: ['shop'] },
    },
  },
  authorizers: {
    allow: { enabled: true },
    deny: { enabled: true },
    remote_json: {
      enabled: true,
      config: { remote: opa, payload: '{"subject":"{{ print .Subject }}"}' },
    },
  },
  mutators: {
    header: { enabled: true, config: { headers: { 'X-User': '{{ print .Subject }}' } } },
    noop: { enabled: true },
  },
}
