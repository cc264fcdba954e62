import type { INodeProperties } from 'n8n-workflow';

import type { RenamedFields } from './apiName';

/**
 * The names of an endpoint's parameters are held against the SDK's own types when this is compiled: an update of the SDK in
 * which Stripe has removed a parameter that an operation can send fails `npm run types`. `Params` is the SDK's type of the
 * endpoint's parameters, e.g. `Stripe.RefundCreateParams`; values are not checked by types, they come from expressions.
 */
export type StripeParams<Params> = [Params] extends [never] ? never : { [Name in keyof Params]?: unknown };

/** Parameters under names that the endpoint takes; a name that it does not take is no valid program. */
export function checkParamNames<Params = never>(
	params: StripeParams<NoInfer<Params>>,
): Record<string, unknown> {
	return params;
}

type CamelCased<Name extends string> = Name extends `${infer Head}_${infer Tail}`
	? `${Head}${Capitalize<CamelCased<Tail>>}`
	: Name;

/** A field whose name in the editor is not the parameter's in camelCase. */
type RenamedField<Params> = {
	[Field in keyof RenamedFields]: Takes<Params, RenamedFields[Field]> extends true ? Field : never;
}[keyof RenamedFields];

/** Whether there is a parameter of this name, also one inside another: `created.gte`. An empty text unsets. */
type Takes<Params, Path extends string> = Path extends `${infer Name}.${infer Inner}`
	? Name extends keyof Params
		? Takes<Extract<Params[Name], object>, Inner>
		: false
	: Path extends KeysOfAny<Params>
		? true
		: false;

/** Of a choice between several objects, the names that one of them takes. */
type KeysOfAny<Params> = Params extends unknown ? keyof Params : never;

type FieldName<Params> = CamelCased<keyof Params & string> | RenamedField<Params> | 'otherParameters';

/** A field of the editor that sends a parameter which the endpoint takes. */
export type ApiField<Params> = [Params] extends [never] ? never : NamedProperty<FieldName<Params>>;

export type NamedProperty<Name extends string> = INodeProperties & { name: Name };

/** Keeps the name of a property as a type. */
export function keepName<const Name extends string>(
	description: INodeProperties & { name: Name },
): NamedProperty<Name> {
	return description;
}
