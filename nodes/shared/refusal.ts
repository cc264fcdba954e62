/** An item that cannot be sent as it is. It names the parameter by its label; `nextStep` says how to get unstuck. */
export class Refusal extends Error {
	constructor(
		readonly label: string,
		readonly what: string,
		readonly nextStep: string,
		readonly outcome: 'refused' | 'missing_key' = 'refused',
	) {
		super(`${label} ${what}`);
		this.name = 'Refusal';
	}
}
