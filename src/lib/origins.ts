/** Whether a list of CORS origins admits every origin: it is empty or has `*` in it. */
export const anyOrigin = (origins: readonly string[]): boolean =>
  origins.length === 0 || origins.includes('*')
