/** The secret of a link that somebody was given: as the last part of the path, or behind the #. */
export const tokenOf = (inPath: string | undefined): string => inPath ?? window.location.hash.replace(/^#token=/, '')
