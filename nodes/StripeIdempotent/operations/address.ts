import { markDescribing } from '../../shared/parameters/describing';
import { buildProseProperty, buildTextProperty } from '../../shared/parameters/fields';
import { buildGroupProperty } from '../../shared/parameters/typedFields';

const COUNTRY = { placeholder: 'e.g. DE', description: 'Two-letter code of the country' };

export function buildAddress() {
	return buildGroupProperty('Address', 'address', [
		buildProseProperty('City', 'city', { placeholder: 'e.g. Berlin' }),
		buildTextProperty('Country', 'country', COUNTRY),
		buildProseProperty('Line 1', 'line1', { placeholder: 'e.g. Hauptstr. 1' }),
		buildProseProperty('Line 2', 'line2'),
		buildProseProperty('Postal Code', 'postalCode', { placeholder: 'e.g. 10115' }),
		buildProseProperty('State', 'state', { placeholder: 'e.g. CA' }),
	]);
}

/** Builds the shipping field. Stripe's API nests the address in an object of its own. */
export function buildShipping() {
	return markDescribing(
		buildGroupProperty('Shipping', 'shipping', [
			buildTextProperty('City', 'shippingCity', { placeholder: 'e.g. Berlin' }),
			buildTextProperty('Country', 'shippingCountry', COUNTRY),
			buildTextProperty('Line 1', 'shippingLine1', { placeholder: 'e.g. Hauptstr. 1' }),
			buildTextProperty('Line 2', 'shippingLine2'),
			buildTextProperty('Name', 'name', { placeholder: 'e.g. Nathan Smith' }),
			buildTextProperty('Phone', 'phone', { placeholder: 'e.g. +49 30 1234567' }),
			buildTextProperty('Postal Code', 'shippingPostalCode', { placeholder: 'e.g. 10115' }),
			buildTextProperty('State', 'shippingState', { placeholder: 'e.g. CA' }),
		]),
	);
}
