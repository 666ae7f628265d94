/** Resources of one cluster, from all files. */
import { type Located, textIn } from '../document.ts'

export interface Resources {
  /** `kind` with its group, such as `networking.k8s.io/Ingress`; the core group is empty. */
  readonly ofKind: (kind: string) => readonly Located[]
  /** What `make` gives, made once for all resources. */
  readonly once: <T>(make: (all: Resources) => T) => T
}

/** Groups of the same kinds. */
const renamed: Readonly<Record<string, string>> = {
  'x.getambassador.io': 'getambassador.io',
  'traefik.containo.us': 'traefik.io',
  extensions: 'networking.k8s.io',
}

/** Group and kind; empty: not a resource. */
export function kindOf(document: Located): string {
  const [version, kind] = [textIn(document.get('apiVersion')), textIn(document.get('kind'))]
  if (version === '' || kind === '') return ''
  const group = version.includes('/') ? version.slice(0, version.indexOf('/')) : ''
  return `${Object.hasOwn(renamed, group) ? renamed[group] : group}/${kind}`
}

export function resourcesOf(documents: readonly Located[]): Resources {
  const byKind = new Map<string, Located[]>()
  for (const document of documents) {
    const kind = kindOf(document)
    const known = byKind.get(kind)
    if (known === undefined) byKind.set(kind, [document])
    else known.push(document)
  }
  const made = new Map<unknown, unknown>()
  const all: Resources = {
    ofKind: kind => byKind.get(kind) ?? [],
    once: make => {
      if (!made.has(make)) made.set(make, make(all))
      return made.get(make) as ReturnType<typeof make>
    },
  }
  return all
}

/** Under `namespace/name`. */
export const byFullName = (documents: readonly Located[]): ReadonlyMap<string, Located> =>
  new Map(documents.map(one => [`${namespaceOf(one)}/${textIn(one.get('metadata', 'name'))}`, one]))

/** `SecurityPolicy oarlock` */
export const nameOf = (document: Located): string =>
  `${textIn(document.get('kind'))} ${textIn(document.get('metadata', 'name'))}`

export const namespaceOf = (document: Located): string =>
  textIn(document.get('metadata', 'namespace')) || 'default'
