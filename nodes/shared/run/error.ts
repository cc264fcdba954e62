/** An item that cannot be sent as it is. The message names the parameter by its label; `nextStep` says what to do. */
export class ItemError extends Error {
	constructor(
		readonly label: string,
		readonly problem: string,
		readonly nextStep: string,
		readonly outcome: 'refused' | 'missing_key' | 'blocked' = 'refused',
		/** The rule that blocked it, for programs and models. */
		readonly reason?: string,
	) {
		super(`${label} ${problem}`);
		this.name = 'ItemError';
	}
}
