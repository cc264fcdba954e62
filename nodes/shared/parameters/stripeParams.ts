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

/** Where a renamed field is sent to. */
type ValueAt<Params, Path extends string> = Params extends unknown
	? Path extends `${infer Name}.${infer Inner}`
		? ValueAt<Name extends keyof Params ? Extract<Params[Name], object> : never, Inner>
		: Path extends keyof Params
			? Params[Path]
			: never
	: never;

/** What the rows of a list, or the fields of a group, are sent as. */
type RowParams<Value> = Value extends readonly (infer Row)[]
	? Extract<Row, object>
	: Value extends string | number | boolean | null | undefined
		? never
		: Value;

type SentField<Params> = {
	[Name in KeysOfAny<Params> & string]: NamedProperty<
		CamelCased<Name>,
		ApiField<RowParams<ValueAt<Params, Name>>>
	>;
}[KeysOfAny<Params> & string];

type SentRenamedField<Params> = {
	[Field in RenamedField<Params>]: NamedProperty<
		Field,
		ApiField<RowParams<ValueAt<Params, RenamedFields[Field]>>>
	>;
}[RenamedField<Params>];

/** A field of the editor that sends a parameter which the endpoint takes; so do the fields of its rows. */
export type ApiField<Params> = [Params] extends [never]
	? never
	: SentField<Params> | SentRenamedField<Params> | NamedProperty<'otherParameters'>;

export type NamedProperty<Name extends string, Field = never> = INodeProperties & {
	name: Name;
	/** Only known to the compiler: the fields within the property. */
	fieldsWithin?: Field;
};

/** Fields of rows that are read by themselves: each sends a parameter that such a row takes. */
export function checkFields<Params = never>(fields: ApiField<NoInfer<Params>>[]): typeof fields {
	return fields;
}

/** Keeps the name of a property as a type. */
export function keepName<const Name extends string>(
	description: INodeProperties & { name: Name },
): NamedProperty<Name> {
	return description;
}
