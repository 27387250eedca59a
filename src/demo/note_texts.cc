#include "demo/note_texts.h"

namespace weir::demo {
namespace {

using Texts = std::array<std::string_view, 4>;
// `@` stands for the person.
constexpr std::array<Texts, kObjections.size()> kGermanObjections{{
    {"@ findet das Angebot zu teuer, das Budget für dieses Jahr ist ausgeschöpft.",
     "Preis ist das Thema: \"so viel bekommen wir intern nicht durch\".",
     "Telefonat mit @: zu teuer im Vergleich zum letzten Jahr, will einen deutlichen Rabatt.",
     "Neue Preisliste kam schlecht an, @ muss das Budget neu beantragen."},
    {"@ hat ein Angebot vom Wettbewerber vorliegen und vergleicht.",
     "Der Mitbewerb ist schon im Haus, Wechsel müsste sich lohnen.",
     "@ testet parallel die Lösung eines anderen Anbieters.",
     "Wettbewerber bietet angeblich mehr Schnittstellen, @ ist unsicher."},
    {"@: erst nach dem ERP-Projekt, frühestens nächstes Jahr.",
     "Kein guter Zeitpunkt, das Projekt wurde verschoben.",
     "Im Moment keine Kapazität im Team; wir sollen uns im Herbst wieder melden.",
     "@ bittet um Aufschub, andere Prioritäten."},
    {"@ kann das nicht allein entscheiden, die Geschäftsleitung muss zustimmen.",
     "Entscheidung liegt beim Einkauf, @ hat keinen Zugang.",
     "Ohne den Vorstand geht nichts; @ ist nicht zuständig.",
     "Freigabe durch den Konzern nötig, Entscheider noch unbekannt."},
    {"@ sieht den Bedarf nicht, Excel reicht bisher.", "Kein Bedarf mehr, Prozess wurde intern gelöst.",
     "Nutzen ist @ nicht klar, kein konkreter Bedarf.", "Fachbereich braucht die Lösung derzeit nicht."},
}};
constexpr std::array<Texts, kObjections.size()> kEnglishObjections{{
    {"@ says it is too expensive, no budget left this year.",
     "Price came up again: \"we can't get that signed off\".",
     "Call with @: too expensive against last year's quote, wants a discount.",
     "New price list did not land well, @ has to ask for budget again."},
    {"@ has a quote from a competitor on the table.",
     "A competitor is already in place, switching has to pay off.",
     "@ is trialling another vendor's solution in parallel.",
     "Competitor claims more integrations, @ is not sure."},
    {"@: not before the ERP project is done, next year at the earliest.",
     "Bad timing, the project has been postponed.",
     "No capacity in the team right now; asked us to call back in autumn.",
     "@ asks for more time, other priorities."},
    {"@ can't decide this alone, the board has to agree.",
     "Decision sits with procurement, @ has no access to them.",
     "Nothing moves without the CFO; @ is not the decision maker.",
     "Needs sign-off from the group, decision maker unknown."},
    {"@ does not see the need, spreadsheets do the job.", "No need any more, solved in-house.",
     "Benefit not clear to @, no concrete need.", "The department does not need this at the moment."},
}};
constexpr std::array<std::string_view, kObjections.size()> kGermanAnswers{
    "Rechenbeispiel und Zahlungsplan zum Preis an @ geschickt, wirkt zufrieden.",
    "Vergleich mit dem Wettbewerb besprochen, @ sieht unsere Vorteile.",
    "Mit @ einen späteren Start vereinbart, Projekt bleibt auf der Liste.",
    "Termin mit der Geschäftsleitung zusammen mit @ abgestimmt.",
    "Referenzfall gezeigt, @ erkennt den Nutzen."};
constexpr std::array<std::string_view, kObjections.size()> kEnglishAnswers{
    "Sent @ the business case and a payment plan for the price, looks fine now.",
    "Went through the comparison with the competitor, @ sees our strengths.",
    "Agreed a later start with @, the project stays on the list.",
    "Set up a call with the board together with @.", "Showed a reference case, @ sees the benefit."};
constexpr auto kGermanNeutral = std::to_array<std::string_view>(
    {"Kurzes Gespräch mit @, Anforderungen aufgenommen.", "@ schickt die Datenbeispiele bis Ende der Woche.",
     "Demo vorbereitet; Teilnehmer: @ und zwei Kollegen.\nAgenda folgt per Mail.",
     "Rückfrage zur Schnittstelle beantwortet.",
     "@ sagt, der Preis ist kein Problem, wichtig ist der Zeitplan.",
     "Protokoll verschickt, nächste Schritte: Test mit echten Daten.",
     "Kein Wettbewerber im Spiel, @ kennt uns aus der Vorfirma.",
     "Vertragsentwurf liegt beim Kunden; wartet auf @."});
constexpr auto kEnglishNeutral = std::to_array<std::string_view>(
    {"Short call with @, captured requirements.", "@ will send sample data by end of week.",
     "Prepared the demo; attendees: @ and two colleagues.\nAgenda to follow by mail.",
     "Answered a question about the API.", "@ says price is not an issue, the schedule matters.",
     "Minutes sent, next step: test with real data.", "No competitor involved, @ knows us from a former job.",
     "Draft contract is with the customer; waiting for @."});

std::string filled(std::string_view text, std::string_view person) {
  std::string out(text);
  if (const std::size_t at = out.find('@'); at != std::string::npos) out.replace(at, 1, person);
  return out;
}

}  // namespace

std::string objection_text(Draws& draws, Objection kind, bool german, std::string_view person) {
  const auto at = static_cast<std::size_t>(kind);
  return filled(draws.one_of(german ? kGermanObjections[at] : kEnglishObjections[at]), person);
}

std::string answer_text(Objection kind, bool german, std::string_view person) {
  const auto at = static_cast<std::size_t>(kind);
  return filled(german ? kGermanAnswers[at] : kEnglishAnswers[at], person);
}

std::string neutral_text(Draws& draws, bool german, std::string_view person) {
  return filled(draws.one_of(german ? kGermanNeutral : kEnglishNeutral), person);
}

}  // namespace weir::demo
