#include "demo/register.h"

#include <algorithm>

namespace weir::demo {
namespace {

constexpr auto kFirstNames = std::to_array<std::string_view>(
    {"Alexander", "Andreas",    "Anke",      "Anna",     "Annika",    "Antje",     "Arne",      "Astrid",
     "Axel",      "Barbara",    "Beate",     "Benedikt", "Benjamin",  "Bernd",     "Bettina",   "Bianca",
     "Birgit",    "Björn",      "Boris",     "Britta",   "Carla",     "Carolin",   "Carsten",   "Charlotte",
     "Christian", "Christiane", "Christoph", "Claudia",  "Clemens",   "Corinna",   "Cornelia",  "Dagmar",
     "Daniel",    "Daniela",    "David",     "Dennis",   "Detlef",    "Dieter",    "Dirk",      "Dominik",
     "Doris",     "Dorothea",   "Eberhard",  "Edith",    "Elena",     "Elisabeth", "Elke",      "Emil",
     "Emma",      "Erik",       "Eva",       "Fabian",   "Felix",     "Florian",   "Franka",    "Franziska",
     "Friedrich", "Gabriele",   "Georg",     "Gerd",     "Gisela",    "Greta",     "Gregor",    "Günter",
     "Hanna",     "Hannes",     "Harald",    "Hartmut",  "Heike",     "Heinz",     "Helena",    "Helga",
     "Henning",   "Henrik",     "Hilde",     "Holger",   "Ida",       "Ilona",     "Ines",      "Ingo",
     "Ingrid",    "Irene",      "Iris",      "Isabel",   "Jakob",     "Jan",       "Jana",      "Jens",
     "Joachim",   "Johanna",    "Jonas",     "Jörg",     "Judith",    "Julia",     "Julian",    "Jürgen",
     "Jutta",     "Kai",        "Karin",     "Karl",     "Katharina", "Katja",     "Kerstin",   "Kilian",
     "Klara",     "Klaus",      "Konrad",    "Kristina", "Lars",      "Laura",     "Lea",       "Lena",
     "Leon",      "Leonie",     "Linda",     "Lisa",     "Lothar",    "Ludwig",    "Luisa",     "Lukas",
     "Maike",     "Malte",      "Manfred",   "Manuela",  "Marc",      "Marcel",    "Margit",    "Maria",
     "Marion",    "Markus",     "Martin",    "Martina",  "Mathilde",  "Matthias",  "Max",       "Melanie",
     "Michael",   "Miriam",     "Monika",    "Moritz",   "Nadine",    "Natalie",   "Nele",      "Niklas",
     "Nils",      "Nina",       "Norbert",   "Oliver",   "Olga",      "Oskar",     "Patricia",  "Patrick",
     "Paul",      "Paula",      "Peter",     "Petra",    "Philipp",   "Rainer",    "Ralf",      "Raphael",
     "Rebecca",   "Regina",     "Renate",    "Richard",  "Robert",    "Roland",    "Rolf",      "Romy",
     "Rosa",      "Rudolf",     "Sabine",    "Samuel",   "Sandra",    "Sarah",     "Sebastian", "Silke",
     "Simon",     "Sofia",      "Sonja",     "Stefan",   "Stefanie",  "Susanne",   "Svenja",    "Sven",
     "Tanja",     "Theresa",    "Thomas",    "Thorsten", "Till",      "Tim",       "Tobias",    "Torben",
     "Udo",       "Ulrike",     "Ursula",    "Uwe",      "Vanessa",   "Vera",      "Verena",    "Viktor",
     "Alistair",  "Beatrice",   "Callum",    "Darcy",    "Edward",    "Fiona",     "Gareth",    "Harriet",
     "Imogen",    "Jasper",     "Kirsty",    "Lachlan",  "Maeve",     "Nigel",     "Oonagh",    "Piers",
     "Rhys",      "Rosalind",   "Sienna",    "Tamsin",   "Anders",    "Birgitta",  "Einar",     "Freja",
     "Gunnar",    "Hjalmar",    "Ingeborg",  "Kaisa",    "Linnea",    "Mikkel",    "Oskari",    "Rasmus",
     "Signe",     "Solveig",    "Tuomas",    "Bram",     "Femke",     "Joost",     "Lieke",     "Maarten",
     "Sanne",     "Thijs",      "Wouter"});

constexpr auto kLastNames = std::to_array<std::string_view>(
    {"Adler",      "Ahlers",       "Albers",    "Althaus",   "Amberg",    "Anders",    "Arendt",
     "Asmus",      "Auerbach",     "Bachmann",  "Bader",     "Bahr",      "Balzer",    "Barth",
     "Bauer",      "Baumann",      "Bechtel",   "Becker",    "Behrens",   "Bender",    "Berger",
     "Bergmann",   "Bertram",      "Beyer",     "Biermann",  "Binder",    "Bischof",   "Blank",
     "Blum",       "Bock",         "Bode",      "Böhm",      "Bohnen",    "Born",      "Borchert",
     "Brandt",     "Braun",        "Breuer",    "Brinkmann", "Bruns",     "Buchholz",  "Burger",
     "Busch",      "Carstens",     "Christ",    "Clausen",   "Claus",     "Conrad",    "Cordes",
     "Dahlke",     "Decker",       "Deppe",     "Diehl",     "Dietz",     "Doll",      "Döring",
     "Dorn",       "Drechsler",    "Dreyer",    "Ebert",     "Eckert",    "Eggers",    "Ehlers",
     "Eich",       "Eisele",       "Engel",     "Erdmann",   "Ernst",     "Esser",     "Evers",
     "Falk",       "Feldmann",     "Fiedler",   "Fink",      "Fischer",   "Fleischer", "Forster",
     "Frank",      "Franke",       "Frey",      "Friedl",    "Fritz",     "Fuchs",     "Funke",
     "Gabler",     "Gebhardt",     "Geiger",    "Gerber",    "Gerlach",   "Geyer",     "Glaser",
     "Göbel",      "Gottwald",     "Graf",      "Greiner",   "Grimm",     "Grosse",    "Günther",
     "Haas",       "Hagen",        "Hahn",      "Haller",    "Hamann",    "Hansen",    "Harms",
     "Hartmann",   "Haupt",        "Heck",      "Hein",      "Heinemann", "Heller",    "Hennig",
     "Henze",      "Herbst",       "Hermann",   "Herzog",    "Hess",      "Hesse",     "Heuer",
     "Hildebrand", "Hiller",       "Hirsch",    "Hoffmann",  "Hofer",     "Holz",      "Hoppe",
     "Horn",       "Huber",        "Hummel",    "Jacobs",    "Jahn",      "Janssen",   "Jost",
     "Jung",       "Kaiser",       "Kaminski",  "Karsten",   "Kaufmann",  "Keller",    "Kern",
     "Kessler",    "Kiefer",       "Kirsch",    "Klages",    "Klein",     "Klinger",   "Klose",
     "Knapp",      "Knoll",        "Koch",      "Köhler",    "Kolb",      "König",     "Körner",
     "Krämer",     "Kraus",        "Krebs",     "Kremer",    "Kreuzer",   "Kröger",    "Krüger",
     "Kruse",      "Kühn",         "Kunze",     "Kurz",      "Lampe",     "Lange",     "Langer",
     "Lehmann",    "Lenz",         "Lindner",   "Lorenz",    "Ludewig",   "Lutz",      "Maier",
     "Mann",       "Marquardt",    "Marx",      "Mayer",     "Meinecke",  "Meissner",  "Menzel",
     "Merkel",     "Mertens",      "Metzger",   "Meurer",    "Michels",   "Mohr",      "Moll",
     "Moser",      "Müller",       "Münch",     "Nagel",     "Naumann",   "Neubauer",  "Neumann",
     "Nickel",     "Niemann",      "Nolte",     "Nowak",     "Oberle",    "Oertel",    "Opitz",
     "Ott",        "Otto",         "Pabst",     "Pape",      "Paulsen",   "Peters",    "Pfeiffer",
     "Pohl",       "Popp",         "Prinz",     "Probst",    "Raabe",     "Rabe",      "Radtke",
     "Rapp",       "Rauch",        "Reich",     "Reichert",  "Reimann",   "Reimers",   "Reinhardt",
     "Renner",     "Reuter",       "Richter",   "Rieger",    "Ritter",    "Roeder",    "Rohde",
     "Römer",      "Rösch",        "Rose",      "Roth",      "Rudolph",   "Ruf",       "Runge",
     "Sander",     "Sauer",        "Schade",    "Schäfer",   "Schaller",  "Scheer",    "Schenk",
     "Schilling",  "Schlegel",     "Schmid",    "Schmitt",   "Schneider", "Scholz",    "Schön",
     "Schrader",   "Schreiber",    "Schröder",  "Schubert",  "Schuster",  "Schütte",   "Schwarz",
     "Seidel",     "Seifert",      "Simon",     "Singer",    "Sommer",    "Späth",     "Stahl",
     "Stark",      "Steffen",      "Stein",     "Steiner",   "Stern",     "Stock",     "Stoll",
     "Strauss",    "Sturm",        "Thiel",     "Thiele",    "Thomsen",   "Tietz",     "Timm",
     "Ulrich",     "Unger",        "Urban",     "Vetter",    "Vogel",     "Vogt",      "Voigt",
     "Volk",       "Voss",         "Wagner",    "Walter",    "Weber",     "Wegner",    "Weidner",
     "Weigel",     "Weiss",        "Wendt",     "Werner",    "Westphal",  "Wiese",     "Wilke",
     "Winkler",    "Winter",       "Witt",      "Wolf",      "Wolters",   "Wulf",      "Zander",
     "Zeller",     "Ziegler",      "Zimmer",    "Ashworth",  "Bancroft",  "Calloway",  "Dunmore",
     "Eastwood",   "Fairley",      "Goodwin",   "Hawksley",  "Ingham",    "Jarvis",    "Kendrick",
     "Langley",    "Merriweather", "Norcross",  "Pemberton", "Radcliffe", "Stanhope",  "Thackeray",
     "Underhill",  "Whitcombe",    "Bergström", "Dahlgren",  "Ekholm",    "Forsberg",  "Hedlund",
     "Isaksen",    "Kjellberg",    "Lindqvist", "Mortensen", "Nygaard",   "Rasmussen", "Sørensen",
     "Virtanen",   "de Boer",      "Dijkstra",  "Hoekstra",  "Jansma",    "Kuipers",   "Postma",
     "Vermeulen"});

constexpr auto kRoots = std::to_array<std::string_view>(
    {"Alster",    "Amper",     "Arlberg",   "Auen",      "Baltic",   "Birken",    "Brenner",    "Brücken",
     "Buchen",    "Donau",     "Drachen",   "Eifel",     "Elb",      "Emscher",   "Enz",        "Erlen",
     "Falken",    "Fels",      "Feld",      "Förde",     "Franken",  "Glocken",   "Gold",       "Hafen",
     "Hanse",     "Harz",      "Havel",     "Heide",     "Hellweg",  "Hoch",      "Holm",       "Hunsrück",
     "Iller",     "Inn",       "Isar",      "Jade",      "Jura",     "Kant",      "Kiesel",     "Kranich",
     "Kreuz",     "Lahn",      "Land",      "Lauen",     "Lech",     "Leine",     "Linden",     "Lippe",
     "Löwen",     "Mark",      "Marsch",    "Mosel",     "Mühlen",   "Neckar",    "Nord",       "Ober",
     "Oder",      "Ost",       "Pegnitz",   "Pfalz",     "Quell",    "Regnitz",   "Rems",       "Rhein",
     "Rhön",      "Ried",      "Rosen",     "Ruhr",      "Saale",    "Saar",      "Salz",       "Schlei",
     "Schwan",    "Senne",     "Silber",    "Spree",     "Stein",    "Sund",      "Tauber",     "Taunus",
     "Thal",      "Trave",     "Turm",      "Ufer",      "Unstrut",  "Vils",      "Wald",       "Warnow",
     "Weser",     "West",      "Wetter",    "Wiesen",    "Wupper",   "Zinnen",    "Zoller",     "Ashdown",
     "Birchgate", "Cobalt",    "Dunefield", "Everline",  "Foxhall",  "Greystone", "Harrowby",   "Ironbridge",
     "Kestrel",   "Larkhill",  "Moorland",  "Northgate", "Oakhurst", "Pennine",   "Quarrybank", "Ridgeway",
     "Saltmarsh", "Thornbury", "Wharfdale", "Arktis",    "Bjerke",   "Fjord",     "Granit",     "Holmen",
     "Lapland",   "Midnat",    "Norrsken",  "Polder",    "Skagen",   "Delta",     "Duin",       "Haven",
     "Maas",      "Schelde",   "Zuider"});

struct Trade {
  std::array<std::string_view, 6> words;
};
constexpr std::array<Trade, kIndustries.size()> kTrades{{
    {{"Maschinenbau", "Werkzeuge", "Metall", "Antriebe", "Castings", "Robotics"}},
    {{"Logistik", "Spedition", "Freight", "Cargo", "Lager", "Transport"}},
    {{"Handel", "Markt", "Retail", "Stores", "Versand", "Moden"}},
    {{"Klinik", "Medizintechnik", "Health", "Pharma", "Labor", "Care"}},
    {{"Kapital", "Versicherung", "Leasing", "Treuhand", "Finance", "Assurance"}},
    {{"Energie", "Stadtwerke", "Power", "Solar", "Netz", "Wind"}},
}};

struct Country {
  std::string_view code;
  std::array<std::string_view, 3> legal_forms;
  std::string_view dial;
};
struct Region {
  std::array<Country, 3> countries;
  std::array<double, 3> shares;
};
constexpr std::array<Region, kRegions.size()> kCountries{{
    {{{{"DE", {"GmbH", "AG", "GmbH & Co. KG"}, "+49 30"},
       {"AT", {"GmbH", "AG", "KG"}, "+43 1"},
       {"CH", {"AG", "GmbH", "SA"}, "+41 44"}}},
     {0.74, 0.14, 0.12}},
    {{{{"GB", {"Ltd", "PLC", "LLP"}, "+44 20"},
       {"IE", {"Ltd", "DAC", "PLC"}, "+353 1"},
       {"GB", {"Ltd", "Ltd", "PLC"}, "+44 161"}}},
     {0.70, 0.10, 0.20}},
    {{{{"SE", {"AB", "AB", "HB"}, "+46 8"},
       {"DK", {"A/S", "ApS", "A/S"}, "+45 33"},
       {"FI", {"Oy", "Oyj", "Oy"}, "+358 9"}}},
     {0.5, 0.3, 0.2}},
    {{{{"NL", {"B.V.", "N.V.", "B.V."}, "+31 20"},
       {"BE", {"BV", "NV", "SRL"}, "+32 2"},
       {"LU", {"S.A.", "S.à r.l.", "S.A."}, "+352 26"}}},
     {0.6, 0.32, 0.08}},
}};

constexpr auto kTitles = std::to_array<std::string_view>(
    {"Head of Operations", "Leiter IT", "COO", "Projektleiterin", "Einkauf", "CFO", "Head of Supply Chain",
     "Werkleiter", "Data Analyst", "Geschäftsführer", "IT Manager", "Controllerin", "VP Operations",
     "Head of Planning"});

// Surnames of staff stand in no list of customers' names: a person found in plain text is then never a
// colleague.
constexpr auto kOwners = std::to_array<Owner>({
    {"u-001", "Marlene Ostrowski", "Sales Development DACH", "DACH", "Henrike Voerde"},
    {"u-002", "Jannis Kolbe-Reuss", "Sales Development DACH", "DACH", "Henrike Voerde"},
    {"u-003", "Pia Tannhof", "Sales Development DACH", "DACH", "Henrike Voerde"},
    {"u-004", "Emre Yildirim", "Sales Development DACH", "DACH", "Henrike Voerde"},
    {"u-005", "Livia Brunnthaler", "Sales Development DACH", "DACH", "Henrike Voerde"},
    {"u-006", "Ruben Sassenberg", "Sales Development DACH", "DACH", "Henrike Voerde"},
    {"u-011", "Gesa Lüttringhaus", "Sales DACH", "DACH", "Volkmar Eschenau"},
    {"u-012", "Tilman Aretz", "Sales DACH", "DACH", "Volkmar Eschenau"},
    {"u-013", "Noemi Zurbriggen", "Sales DACH", "DACH", "Volkmar Eschenau"},
    {"u-014", "Quirin Haslinger", "Sales DACH", "DACH", "Volkmar Eschenau"},
    {"u-015", "Aylin Demirtas", "Sales DACH", "DACH", "Volkmar Eschenau"},
    {"u-016", "Wieland Ockenfels", "Sales DACH", "DACH", "Volkmar Eschenau"},
    {"u-021", "Poppy Trelawney", "Sales Development UK", "UK", "Grant Ollerenshaw"},
    {"u-022", "Declan Fitzmorris", "Sales Development UK", "UK", "Grant Ollerenshaw"},
    {"u-023", "Amara Okonjo", "Sales Development UK", "UK", "Grant Ollerenshaw"},
    {"u-031", "Rupert Chilcott", "Sales UK", "UK", "Sunita Raghavan"},
    {"u-032", "Bronwen Llewelyn", "Sales UK", "UK", "Sunita Raghavan"},
    {"u-033", "Tobiah Winstanley", "Sales UK", "UK", "Sunita Raghavan"},
    {"u-034", "Cressida Fane", "Sales UK", "UK", "Sunita Raghavan"},
    {"u-041", "Elsa Rönnqvist", "Sales Development Nordics", "Nordics", "Torkel Aasgaard"},
    {"u-042", "Jesper Thyregod", "Sales Development Nordics", "Nordics", "Torkel Aasgaard"},
    {"u-051", "Aino Heikkinen", "Sales Nordics", "Nordics", "Torkel Aasgaard"},
    {"u-052", "Sven-Olof Tegner", "Sales Nordics", "Nordics", "Torkel Aasgaard"},
    {"u-061", "Roos van Ginkel", "Sales Development Benelux", "Benelux", "Cato Zwartendijk"},
    {"u-071", "Wannes Claerhout", "Sales Benelux", "Benelux", "Cato Zwartendijk"},
    {"u-072", "Marijke Terpstra", "Sales Benelux", "Benelux", "Cato Zwartendijk"},
    {"u-090", "Inbound Queue", "Operations", "UK", "Grant Ollerenshaw"},
});

constexpr std::array<std::pair<int, int>, 3> kEmployees{{{15, 99}, {100, 999}, {1000, 12000}}};

// "GRÜN & Co" as "gruen-co": what domains and mailboxes are made of.
std::string plain_letters(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kSpelled{{{"ä", "ae"},
                                                                                    {"ö", "oe"},
                                                                                    {"ü", "ue"},
                                                                                    {"Ä", "ae"},
                                                                                    {"Ö", "oe"},
                                                                                    {"Ü", "ue"},
                                                                                    {"ß", "ss"},
                                                                                    {"ø", "o"},
                                                                                    {"å", "a"},
                                                                                    {"à", "a"},
                                                                                    {"é", "e"},
                                                                                    {"è", "e"}}};
  std::string out;
  while (!name.empty()) {
    const auto spelled = std::find_if(kSpelled.begin(), kSpelled.end(),
                                      [&](const auto& each) { return name.starts_with(each.first); });
    if (spelled != kSpelled.end()) {
      out += spelled->second;
      name.remove_prefix(spelled->first.size());
      continue;
    }
    const char c = name.front();
    name.remove_prefix(1);
    if (c >= 'A' && c <= 'Z')
      out += static_cast<char>(c - 'A' + 'a');
    else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      out += c;
    else if (c == ' ' && !out.empty() && out.back() != '-')
      out += '-';
  }
  return out;
}

std::string small(std::string_view word) {
  std::string out(word);
  if (out[0] >= 'A' && out[0] <= 'Z') out[0] = static_cast<char>(out[0] - 'A' + 'a');
  return out;
}

std::string draw_company_name(Draws& draws, int industry, int attempt) {
  std::string name(draws.one_of(kRoots));
  if (attempt > 0 || draws.chance(0.35)) name += small(draws.one_of(kRoots));
  if (attempt > 1 || draws.chance(0.25)) name = std::string(draws.one_of(kLastNames)) + " " + name;
  return name + " " + std::string(draws.one_of(kTrades[static_cast<std::size_t>(industry)].words));
}

std::string digits(Draws& draws, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += static_cast<char>('0' + draws.between(0, 9));
  return out;
}

}  // namespace

std::span<const Owner> owners() {
  return kOwners;
}

int queue_owner() {
  return static_cast<int>(kOwners.size()) - 1;
}

int draw_owner(Draws& draws, int region, Team team) {
  std::array<int, kOwners.size()> found{};
  std::size_t count = 0;
  for (std::size_t i = 0; i + 1 < kOwners.size(); ++i) {
    const bool develops = kOwners[i].team.starts_with("Sales Development");
    if (kOwners[i].region == kRegions[static_cast<std::size_t>(region)] &&
        develops == (team == Team::development)) {
      found[count++] = static_cast<int>(i);
    }
  }
  return found[draws.index(count)];
}

int Register::add_account(Wall created_at) {
  Account account;
  account.number = static_cast<int>(accounts_.size()) + 1;
  account.region = static_cast<std::uint8_t>(draws_.pick(kRegionShares));
  account.industry = static_cast<std::uint8_t>(draws_.pick(kIndustryShares));
  account.size = static_cast<std::uint8_t>(draws_.pick(kSizeShares));
  const Region& region = kCountries[account.region];
  const Country& country = region.countries[draws_.pick(region.shares)];
  account.country = country.code;
  for (int attempt = 0;; ++attempt) {
    account.short_name = draw_company_name(draws_, account.industry, attempt);
    account.domain =
        plain_letters(account.short_name) + (attempt > 6 ? std::to_string(account.number) : "") + ".example";
    if (domains_.insert(account.domain).second) break;
  }
  account.name = account.short_name + " " + std::string(draws_.one_of(country.legal_forms));
  const auto [least, most] = kEmployees[account.size];
  account.employees = draws_.between(least, draws_.between(least, most));  // small ones are more frequent
  account.owner = draw_owner(draws_, account.region, Team::sales);
  account.created_at = account.changed_at = created_at;
  accounts_.push_back(std::move(account));
  return static_cast<int>(accounts_.size()) - 1;
}

int Register::add_contact(int account_index, Wall created_at) {
  Account& its_account = account(account_index);
  Contact contact;
  contact.number = static_cast<int>(contacts_.size()) + 1;
  contact.account = account_index;
  contact.first_name = draws_.one_of(kFirstNames);
  contact.last_name = draws_.one_of(kLastNames);
  for (int copy = 1;; ++copy) {
    contact.email = plain_letters(contact.first_name) + "." + plain_letters(contact.last_name) +
                    (copy > 1 ? std::to_string(copy) : "") + "@" + its_account.domain;
    if (emails_.insert(contact.email).second) break;
  }
  const auto& countries = kCountries[its_account.region].countries;
  const auto country = std::find_if(countries.begin(), countries.end(),
                                    [&](const Country& each) { return each.code == its_account.country; });
  contact.phone = std::string(country->dial) + " 555" + digits(draws_, 5);
  contact.title = draws_.one_of(kTitles);
  contact.opt_in = draws_.chance(0.82);
  contact.created_at = contact.changed_at = created_at;
  contacts_.push_back(std::move(contact));
  its_account.contacts.push_back(static_cast<int>(contacts_.size()) - 1);
  return static_cast<int>(contacts_.size()) - 1;
}

std::string name_variant(Draws& draws, const Account& account) {
  std::string name = account.short_name;
  switch (draws.between(0, 3)) {
    case 0:
      break;
    case 1:
      for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      break;
    case 2:
      name.replace(name.rfind(' '), 1, "-");
      break;
    default:
      name += " Group";
      break;
  }
  return name;
}

}  // namespace weir::demo
