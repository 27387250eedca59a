#include "text/objection_lexicon.h"

#include <array>

namespace weir::text {
namespace {

using enum ObjectionKind;

constexpr auto kPhrases = std::to_array<Phrase>({
    // ---- price, English
    {price, "too expensive"}, {price, "too pricey"}, {price, "too costly"}, {price, "too much money"}, {price, "expensive _ compared"},
    {price, "price _ too high"}, {price, "price _ problem"}, {price, "price _ issue"}, {price, "price _ concern"}, {price, "price _ obstacle"},
    {price, "price came up"}, {price, "price objection"}, {price, "price sensitive"}, {price, "pricing _ too high"}, {price, "pricing _ issue"},
    {price, "cost _ too high"}, {price, "costs too much"}, {price, "cost _ problem"}, {price, "cost _ concern"}, {price, "no budget"},
    {price, "not _ budget"}, {price, "out of budget"}, {price, "over budget"}, {price, "over our budget"}, {price, "beyond _ budget"},
    {price, "exceeds _ budget"}, {price, "budget __ cut"}, {price, "budget __ frozen"}, {price, "budget freeze"}, {price, "budget __ exhausted"},
    {price, "budget __ spent"}, {price, "budget _ problem"}, {price, "budget _ issue"}, {price, "budget _ tight"}, {price, "lacks _ budget"},
    {price, "lack of budget"}, {price, "ask for budget"}, {price, "budget constraints"}, {price, "wants a discount"}, {price, "want a discount"},
    {price, "asks for a discount"}, {price, "asked for a discount"}, {price, "needs a discount"}, {price, "expects a discount"},
    {price, "bigger discount"}, {price, "steep discount"}, {price, "price list did not land"}, {price, "can not afford"},
    {price, "could not afford"}, {price, "sticker shock"}, {price, "cheaper elsewhere"}, {price, "price increase _ not accepted"},
    // ---- price, German
    {price, "zu teuer"}, {price, "zu kostspielig"}, {price, "deutlich teurer"}, {price, "viel teurer"}, {price, "preis _ zu hoch"},
    {price, "preise _ zu hoch"}, {price, "kosten _ zu hoch"}, {price, "kostet zu viel"}, {price, "preis _ thema"}, {price, "preis _ problem"},
    {price, "preis _ hindernis"}, {price, "preis schreckt"}, {price, "preisliste kam schlecht"}, {price, "kein budget"}, {price, "nicht im budget"},
    {price, "über _ budget"}, {price, "übersteigt _ budget"}, {price, "sprengt _ budget"}, {price, "budget __ ausgeschöpft"},
    {price, "budget __ aufgebraucht"}, {price, "budget __ gestrichen"}, {price, "budget __ gekürzt"}, {price, "budget __ eingefroren"},
    {price, "budget fehlt"}, {price, "fehlt das budget"}, {price, "budget _ neu beantragen"}, {price, "budget _ problem"}, {price, "will _ rabatt"},
    {price, "fordert _ rabatt"}, {price, "verlangt _ rabatt"}, {price, "möchte _ rabatt"}, {price, "erwartet _ rabatt"}, {price, "braucht _ rabatt"},
    {price, "nicht leisten"}, {price, "sparkurs"}, {price, "sparmaßnahmen"}, {price, "günstiger _ bekommen"},
    // ---- competitor, English
    {competitor, "quote from a competitor"}, {competitor, "offer from a competitor"}, {competitor, "quote from another"},
    {competitor, "offer from another"}, {competitor, "competitor is already"}, {competitor, "competitor already"}, {competitor, "competitor claims"},
    {competitor, "competitor offers"}, {competitor, "competitor is cheaper"}, {competitor, "competing offer"}, {competitor, "competing quote"},
    {competitor, "chose a competitor"}, {competitor, "chosen a competitor"}, {competitor, "went with a competitor"}, {competitor, "prefers a competitor"},
    {competitor, "prefer a competitor"}, {competitor, "talking to competitors"}, {competitor, "talks to competitors"}, {competitor, "talking to a competitor"},
    {competitor, "comparing us with"}, {competitor, "evaluating other"}, {competitor, "evaluating another"}, {competitor, "looking at other vendors"},
    {competitor, "looking at alternatives"}, {competitor, "looking at competitors"}, {competitor, "another vendor"}, {competitor, "other vendor"},
    {competitor, "another provider"}, {competitor, "another supplier"}, {competitor, "different vendor"}, {competitor, "existing vendor"},
    {competitor, "incumbent"}, {competitor, "current provider"}, {competitor, "locked in with"}, {competitor, "under contract with"},
    {competitor, "already use _ competitor"}, {competitor, "already using another"}, {competitor, "happy with _ current"},
    // ---- competitor, German
    {competitor, "angebot vom wettbewerber"}, {competitor, "angebot vom wettbewerb"}, {competitor, "angebot vom mitbewerber"},
    {competitor, "angebot der konkurrenz"}, {competitor, "wettbewerber vorliegen"}, {competitor, "wettbewerber bietet"},
    {competitor, "wettbewerber ist günstiger"}, {competitor, "wettbewerber ist schon"}, {competitor, "mitbewerb ist schon"},
    {competitor, "mitbewerber ist schon"}, {competitor, "mitbewerber bietet"}, {competitor, "konkurrenz bietet"}, {competitor, "konkurrenz ist günstiger"},
    {competitor, "konkurrenzangebot"}, {competitor, "vergleichsangebot"}, {competitor, "vergleicht uns mit"}, {competitor, "vergleicht mit"},
    {competitor, "anderer anbieter"}, {competitor, "anderen anbieters"}, {competitor, "anderen anbieter"}, {competitor, "anderem anbieter"},
    {competitor, "bevorzugt _ wettbewerber"}, {competitor, "entscheidet sich für _ wettbewerber"}, {competitor, "bestehender anbieter"},
    {competitor, "bisheriger anbieter"}, {competitor, "aktueller anbieter"}, {competitor, "bleibt beim _ anbieter"}, {competitor, "vertraglich gebunden"},
    // ---- timing, English
    {timing, "bad timing"}, {timing, "wrong time"}, {timing, "bad time"}, {timing, "not the right time"}, {timing, "not a good time"},
    {timing, "no time"}, {timing, "too early"}, {timing, "no capacity"}, {timing, "no resources"}, {timing, "no bandwidth"}, {timing, "too busy"},
    {timing, "next year at the earliest"}, {timing, "not before"}, {timing, "not until"}, {timing, "not this year"}, {timing, "not this quarter"},
    {timing, "not right now"}, {timing, "project _ postponed"}, {timing, "project _ delayed"}, {timing, "project _ on hold"}, {timing, "been postponed"},
    {timing, "been put on hold"}, {timing, "put on hold"}, {timing, "on ice"}, {timing, "asks for more time"}, {timing, "needs more time"},
    {timing, "need more time"}, {timing, "other priorities"}, {timing, "not a priority"}, {timing, "no priority"}, {timing, "low priority"},
    {timing, "call back in"}, {timing, "call back next"}, {timing, "get back to us next"}, {timing, "come back next"}, {timing, "revisit next"},
    {timing, "revisit in"}, {timing, "maybe next year"}, {timing, "hiring freeze"},
    // ---- timing, German
    {timing, "kein guter zeitpunkt"}, {timing, "schlechter zeitpunkt"}, {timing, "falscher zeitpunkt"}, {timing, "ungünstiger zeitpunkt"},
    {timing, "nicht der richtige zeitpunkt"}, {timing, "keine zeit"}, {timing, "keine kapazität"}, {timing, "keine kapazitäten"},
    {timing, "keine ressourcen"}, {timing, "zu früh"}, {timing, "frühestens nächstes jahr"}, {timing, "frühestens im"}, {timing, "erst nach"},
    {timing, "erst nächstes jahr"}, {timing, "nicht dieses jahr"}, {timing, "nicht vor"}, {timing, "projekt _ verschoben"}, {timing, "wurde verschoben"},
    {timing, "projekt _ gestoppt"}, {timing, "projekt _ auf eis"}, {timing, "auf eis gelegt"}, {timing, "bittet um aufschub"}, {timing, "braucht _ mehr zeit"},
    {timing, "andere prioritäten"}, {timing, "keine priorität"}, {timing, "im herbst wieder melden"}, {timing, "später wieder melden"},
    {timing, "nächstes jahr wieder melden"}, {timing, "wieder melden"}, {timing, "derzeit zu viel los"},
    // ---- authority, English
    {authority, "not the decision maker"}, {authority, "not a decision maker"}, {authority, "decision maker unknown"}, {authority, "can not decide"},
    {authority, "could not decide alone"}, {authority, "can not sign"}, {authority, "not my decision"}, {authority, "not her decision"},
    {authority, "not his decision"}, {authority, "not authorised"}, {authority, "not authorized"}, {authority, "no authority"},
    {authority, "decision sits with"}, {authority, "decision lies with"}, {authority, "decided by headquarters"}, {authority, "board has to agree"},
    {authority, "board has to approve"}, {authority, "board must approve"}, {authority, "board needs to approve"}, {authority, "needs board approval"},
    {authority, "needs sign off"}, {authority, "need sign off"}, {authority, "requires sign off"}, {authority, "needs approval"}, {authority, "need approval"},
    {authority, "waiting for approval"}, {authority, "nothing moves without"}, {authority, "nothing happens without"}, {authority, "has to ask _ boss"},
    {authority, "has to convince"}, {authority, "ask my boss"}, {authority, "ask my manager"}, {authority, "ask her manager"}, {authority, "ask his manager"},
    {authority, "up to procurement"}, {authority, "up to the board"}, {authority, "up to the cfo"}, {authority, "procurement decides"},
    {authority, "procurement _ blocks"}, {authority, "legal _ blocks"},
    // ---- authority, German
    {authority, "nicht allein entscheiden"}, {authority, "nicht alleine entscheiden"}, {authority, "nicht selbst entscheiden"},
    {authority, "kann _ nicht entscheiden"}, {authority, "darf _ nicht entscheiden"}, {authority, "geschäftsleitung muss"}, {authority, "geschäftsführung muss"},
    {authority, "vorstand muss"}, {authority, "einkauf muss"}, {authority, "entscheidung liegt bei"}, {authority, "entscheidung liegt beim"},
    {authority, "entscheidet der einkauf"}, {authority, "entscheidet der vorstand"}, {authority, "entscheidet die geschäftsleitung"},
    {authority, "entscheidet die zentrale"}, {authority, "ohne den vorstand geht nichts"}, {authority, "ohne _ geschäftsleitung geht nichts"},
    {authority, "nicht zuständig"}, {authority, "nicht befugt"}, {authority, "kein entscheider"}, {authority, "nicht der entscheider"},
    {authority, "entscheider noch unbekannt"}, {authority, "entscheider unbekannt"}, {authority, "freigabe _ nötig"}, {authority, "freigabe _ erforderlich"},
    {authority, "freigabe fehlt"}, {authority, "freigabe durch"}, {authority, "braucht _ freigabe"}, {authority, "muss _ chef fragen"},
    // ---- need, English
    {need, "no need"}, {need, "not see the need"}, {need, "not see a need"}, {need, "not see any need"}, {need, "not need"}, {need, "not needed"},
    {need, "no concrete need"}, {need, "no real need"}, {need, "not interested"}, {need, "no interest"}, {need, "no use case"}, {need, "no use for"},
    {need, "no longer relevant"}, {need, "not relevant"}, {need, "benefit not clear"}, {need, "benefit is not clear"}, {need, "value not clear"},
    {need, "value is not clear"}, {need, "not see the value"}, {need, "not see the benefit"}, {need, "not see the point"}, {need, "no added value"},
    {need, "spreadsheets do the job"}, {need, "excel is enough"}, {need, "excel is good enough"}, {need, "solved in house"}, {need, "solved it in house"},
    {need, "built it in house"}, {need, "solved internally"}, {need, "good enough for us"}, {need, "works well as it is"}, {need, "nice to have"},
    // ---- need, German
    {need, "kein bedarf"}, {need, "keinen bedarf"}, {need, "bedarf nicht"}, {need, "kein konkreter bedarf"}, {need, "keinen konkreten bedarf"},
    {need, "bedarf _ nicht gegeben"}, {need, "nicht benötigt"}, {need, "braucht __ nicht"}, {need, "brauchen __ nicht"}, {need, "brauchen wir nicht"},
    {need, "brauche ich nicht"}, {need, "kein interesse"}, {need, "nicht interessiert"}, {need, "kein anwendungsfall"}, {need, "kein mehrwert"},
    {need, "keinen mehrwert"}, {need, "nutzen _ nicht klar"}, {need, "nutzen nicht klar"}, {need, "nutzen unklar"}, {need, "nutzen ist unklar"},
    {need, "sieht _ nutzen nicht"}, {need, "keinen nutzen"}, {need, "excel reicht"}, {need, "reicht uns"}, {need, "intern gelöst"},
    {need, "nicht mehr relevant"}, {need, "nicht relevant"},
});

constexpr auto kNegating = std::to_array<std::string_view>({
    "not", "no", "never", "none", "neither", "nor", "without", "hardly", "nicht", "kein", "keine", "keinen", "keinem", "keiner",
    "keines", "nie", "niemals", "ohne", "weder", "kaum"});
constexpr auto kAffirming = std::to_array<std::string_view>({"only", "just", "merely", "nur", "bloß", "allein"});
constexpr auto kTrouble = std::to_array<std::string_view>({
    "problem", "issue", "concern", "obstacle", "blocker", "showstopper", "topic", "matter", "objection", "worry", "thema", "hindernis", "sorge",
    "hürde", "einwand", "rolle", "constraint"});
constexpr auto kSettled = std::to_array<std::string_view>({"resolved", "settled", "irrelevant", "geklärt", "erledigt", "ausgeräumt"});
constexpr auto kClause = std::to_array<std::string_view>({
    "but", "however", "because", "since", "although", "though", "aber", "sondern", "weil", "denn", "obwohl", "jedoch", "doch"});

}  // namespace

std::span<const Phrase> objection_phrases() noexcept { return kPhrases; }
std::span<const std::string_view> negating_words() noexcept { return kNegating; }
std::span<const std::string_view> affirming_words() noexcept { return kAffirming; }
std::span<const std::string_view> trouble_words() noexcept { return kTrouble; }
std::span<const std::string_view> settled_words() noexcept { return kSettled; }
std::span<const std::string_view> clause_words() noexcept { return kClause; }

}  // namespace weir::text
