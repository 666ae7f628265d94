import { STATUS_CODES } from 'node:http'

/** The status text as Go's net/http has it; empty for a code without a name. */
export const statusText = (status: number): string => STATUS_CODES[status] ?? ''

/** Lower case with `_` for spaces, as the configuration names an error: `internal_server_error`. */
export const statusName = (status: number): string =>
  statusText(status).toLowerCase().replaceAll(' ', '_')
