/** A time as items show it; null where there is none. @param ms since the epoch */
export function toIsoTime(ms: number | undefined): string | null {
	return ms === undefined ? null : new Date(ms).toISOString();
}
