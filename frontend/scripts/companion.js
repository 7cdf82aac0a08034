// The desk's page of a round under way: the card of whoever walks along without a phone can be photographed.
import { offerPhoto } from "../lib/companion.js";
import { find } from "../lib/dom.js";

offerPhoto(find("[data-companion]"));
