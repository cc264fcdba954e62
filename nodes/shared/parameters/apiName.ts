/** Fields whose name in the editor, a contract, is not the parameter's in camelCase: Stripe has given it another name since. */
const RENAMED_FIELDS = { paymentMethodTypes: 'allowed_payment_method_types' } as const;

export type RenamedFields = typeof RENAMED_FIELDS;

const API_NAMES: ReadonlyMap<string, string> = new Map(Object.entries(RENAMED_FIELDS));

/** The name in Stripe's API of the parameter that a field of the editor sends. */
export function toApiName(field: string): string {
	return API_NAMES.get(field) ?? field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
