/** The service of Envoy's external authorization. */
export const authorization = 'envoy.service.auth.v3.Authorization'
/** The path of its only method. */
export const checkPath: string = `/${authorization}/Check`
