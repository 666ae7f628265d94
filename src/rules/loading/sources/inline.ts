import { type Source, type SourceRead, unavailable, withoutSecrets } from './contract.ts'

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const longestShown = 40

/** `inline://` followed by the document in base64. */
export function inlineSource(location: string, text: string): Source {
  const read: SourceRead = base64.test(text)
    ? { kind: 'documents', documents: [{ name: '', bytes: Buffer.from(text, 'base64') }] }
    : unavailable('inline:// repositories: the text is not valid base64 with padding')
  const shown = location.length > longestShown ? `${location.slice(0, longestShown)}...` : location
  return { location, shown, reach: 'fixed', read: () => Promise.resolve(read) }
}

/** A location that is not valid: reading it returns the reason. */
export const impossibleSource = (location: string, message: string): Source => ({
  location,
  shown: withoutSecrets(location),
  reach: 'fixed',
  read: () => Promise.resolve(unavailable(message)),
})
