/** The request that every system decides, in each protocol. */
export const host = 'api.bench.local'
export const pathOf = (rule: number): string => `/svc${rule}/orders/4711/items?page=2&sort=asc`

/** Headers that a browser sends, about 700 bytes. */
export const headers: Readonly<Record<string, string>> = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
  'accept-encoding': 'gzip, deflate, br, zstd',
  'accept-language': 'en-GB,en;q=0.9,de;q=0.7',
  cookie: 'session=0b5c9d0e8f7a4b6c8d9e0f1a2b3c4d5e; theme=dark; consent=1700000000.all',
  priority: 'u=0, i',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'same-origin',
  'sec-fetch-user': '?1',
  'upgrade-insecure-requests': '1',
  'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0',
  'x-request-id': '7f0c2c1e-9a53-4c1b-8a1f-2f1f0f6d3b11',
}

/** Half of the requests go to the rule in the middle, the others to rules spread over the set. */
export const ruleMix = (rules: number): number[] =>
  Array.from({ length: 64 }, (_, i) =>
    i % 2 === 0 ? middle(rules) : Math.floor(((i + 0.5) / 64) * rules),
  )

export const middle = (rules: number): number => Math.floor(rules / 2)
