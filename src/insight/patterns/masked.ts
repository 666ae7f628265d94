/** Values as reports show them: without credentials, and without what rules keep secret. */
import { isSecretHeaderName, isSecretParameterName } from '../../lib/mask-secrets.ts'
import { createRedaction } from '../../observability/redaction.ts'

const mask = '***'
const { header, text } = createRedaction({ leak: false, text: mask, headers: [] })

/** The value of a header. */
export const maskedHeader = (name: string, value: string): string =>
  isSecretHeaderName(name) ? mask : text(header(name.toLowerCase(), value))

/** The value of a parameter of a query. */
export const maskedParameter = (name: string, value: string): string =>
  isSecretParameterName(name) ? mask : text(value)

/** A query as it is written. */
export const maskedQuery = (query: string): string =>
  query
    .split('&')
    .map(pair => {
      const [name = '', ...value] = pair.split('=')
      return value.length === 0 ? pair : `${name}=${maskedParameter(name, value.join('='))}`
    })
    .join('&')

/** `Name: value`. */
export function maskedLine(line: string): string {
  const colon = line.indexOf(': ')
  if (colon < 0) return line
  const name = line.slice(0, colon)
  return `${name}: ${maskedHeader(name, line.slice(colon + 2))}`
}
