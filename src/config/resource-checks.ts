/** Checks of `resources` that a schema cannot express. */
import { describeValue } from '../lib/schema/describe.ts'
import type { SchemaIssue } from '../lib/schema.ts'
import { createResources, resourceProblem } from '../model/protected-resources.ts'
import type { Config } from './config.ts'

type Settings = Config['resources']

export function checkResources({ resources }: Config): readonly SchemaIssue[] {
  const wrong = resources.flatMap(wrongUrls)
  return wrong.length > 0 ? wrong : sameResources(resources)
}

function wrongUrls(
  {
    resource,
    authorization_servers: servers = [],
    scopes_supported: scopes = [],
  }: Settings[number],
  i: number,
): readonly SchemaIssue[] {
  const issueAt =
    (...rest: readonly (string | number)[]) =>
    (found: string, expected: string): SchemaIssue => {
      const path = ['resources', i, ...rest]
      return { path, found: describeValue(found, path), expected }
    }
  const expected = resourceProblem(resource)
  return [
    ...(expected === undefined ? [] : [issueAt('resource')(resource, expected)]),
    ...servers.flatMap((server, at) =>
      isIssuer(server)
        ? []
        : [issueAt('authorization_servers', at)(server, 'an https URL without query and fragment')],
    ),
    ...scopes.flatMap((scope, at) =>
      isScope(scope)
        ? []
        : [issueAt('scopes_supported', at)(scope, 'one scope, without blanks and quotes')],
    ),
  ]
}

/** RFC 6749 §3.3. */
const isScope = (text: string): boolean => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)

/** RFC 8414 §2. */
const isIssuer = (url: string): boolean => /^https:\/\/[^/?#]+[^?#]*$/i.test(url)

/** Two resources whose metadata would be at one place. */
function sameResources(settings: Settings): readonly SchemaIssue[] {
  const { all } = createResources(settings)
  return all.flatMap(({ host, metadataPath, resource }, i) => {
    const first = all.findIndex(one => one.host === host && one.metadataPath === metadataPath)
    if (first === i) return []
    const path = ['resources', i, 'resource']
    const expected = `another URL: that of resources.${first} means the same`
    return [{ path, found: describeValue(resource, path), expected }]
  })
}
