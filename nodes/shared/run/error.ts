/** An item that cannot be sent as it is. It names the parameter by its label; `nextStep` says how to get unstuck. */
export class ItemError extends Error {
	constructor(
		readonly label: string,
		readonly problem: string,
		readonly nextStep: string,
		readonly outcome: 'refused' | 'missing_key' | 'blocked' = 'refused',
		/** For programs and models: which rule stood in the way. */
		readonly reason?: string,
	) {
		super(`${label} ${problem}`);
		this.name = 'ItemError';
	}
}
