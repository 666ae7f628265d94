/** Maps the HTTP status to the gRPC code of `CheckResponse.status`. Never 0, which would allow the request. */
const codes: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  429: 8,
  503: 14,
  504: 4,
}

const internal = 13
const unauthenticated = 16

/** A redirect leads to a login page, so the caller is not authenticated. */
export const statusCodeOf = (status: number): number =>
  status < 400 ? unauthenticated : (codes[status] ?? internal)
