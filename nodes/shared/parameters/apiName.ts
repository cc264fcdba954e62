/** Fields whose name in the editor, a contract, is not the parameter's in camelCase: Stripe has given it another name since. */
const RENAMED = { paymentMethodTypes: 'allowed_payment_method_types' } as const;

export type Renamed = typeof RENAMED;

const NAMES: ReadonlyMap<string, string> = new Map(Object.entries(RENAMED));

/** The name in Stripe's API of the parameter that a field of the editor sends. */
export function apiName(field: string): string {
	return NAMES.get(field) ?? field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
