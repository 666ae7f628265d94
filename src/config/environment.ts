/** The outbound proxies that the environment names, as every HTTP client reads them; lower case wins. */
export function proxySettings(env: Readonly<Record<string, string | undefined>>): {
  readonly http?: string
  readonly https?: string
  readonly except?: string
} {
  const read = (name: string): string | undefined => env[name] || env[name.toUpperCase()]
  const found = { http: read('http_proxy'), https: read('https_proxy'), except: read('no_proxy') }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}
