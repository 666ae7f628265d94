/** True when a list of CORS origins allows every origin: it is empty or contains `*`. */
export const anyOrigin = (origins: readonly string[]): boolean =>
  origins.length === 0 || origins.includes('*')
